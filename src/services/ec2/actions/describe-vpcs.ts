import type { Handler } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/ec2.ts';
import { describing } from '../core.ts';
import { defaultNetwork } from '../default-network.ts';
import type { DefaultNetwork } from '../default-network.ts';
import { chooseFew } from '../describe.ts';
import type { FilterFields } from '../filters.ts';

type Action = Handler<Operations['DescribeVpcs']['input'], Operations['DescribeVpcs']['output']>;

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html */
export function describeVpcs(): Action {
  return describing<'DescribeVpcs'>((input, scope) => {
    const fields: FilterFields<DefaultNetwork> = {
      cidr: ({ cidr }) => [cidr],
      'cidr-block-association.association-id': ({ cidrAssociationId }) => [cidrAssociationId],
      'cidr-block-association.cidr-block': ({ cidr }) => [cidr],
      'cidr-block-association.state': () => ['associated'],
      'dhcp-options-id': ({ dhcpOptionsId }) => [dhcpOptionsId],
      isDefault: () => ['true'],
      'is-default': () => ['true'],
      'owner-id': () => [scope.account],
      state: () => ['available'],
      'vpc-id': ({ vpcId }) => [vpcId],
    };
    const { items, next } = chooseFew(input, {
      items: [defaultNetwork(scope)],
      kind: 'vpc',
      ids: input.VpcIds,
      idOf: ({ vpcId }) => vpcId,
      fields,
    });
    return { Vpcs: items.map((network) => shape(network, scope.account)), ...next };
  });
}

function shape(network: DefaultNetwork, account: string) {
  return {
    VpcId: network.vpcId,
    OwnerId: account,
    CidrBlock: network.cidr,
    CidrBlockAssociationSet: [
      {
        AssociationId: network.cidrAssociationId,
        CidrBlock: network.cidr,
        CidrBlockState: { State: 'associated' as const },
      },
    ],
    DhcpOptionsId: network.dhcpOptionsId,
    InstanceTenancy: 'default' as const,
    IsDefault: true,
    State: 'available' as const,
    Tags: [],
  };
}
