import type { Handler } from '../../../protocol/api/index.ts';
import type { Operations, Vpc } from '../../../protocol/generated/ec2.ts';
import { describing } from '../core.ts';
import type { Ec2Deps } from '../core.ts';
import { chooseFew } from '../describe.ts';
import { matchingNothing, type FilterFields } from '../filters.ts';
import { Networks } from '../networks.ts';
import { vpcs, type VpcRecord } from '../records/vpc.ts';
import { tagList } from '../tags.ts';

type Action = Handler<Operations['DescribeVpcs']['input'], Operations['DescribeVpcs']['output']>;

const fields: FilterFields<VpcRecord> = {
  cidr: ({ cidrs }) => [cidrs[0]?.cidr],
  'cidr-block-association.association-id': ({ cidrs }) => cidrs.map(({ associationId }) => associationId),
  'cidr-block-association.cidr-block': ({ cidrs }) => cidrs.map(({ cidr }) => cidr),
  'cidr-block-association.state': () => ['associated'],
  'dhcp-options-id': ({ dhcpOptionsId }) => [dhcpOptionsId],
  isDefault: ({ isDefault }) => [String(isDefault)],
  'is-default': ({ isDefault }) => [String(isDefault)],
  'owner-id': ({ account }) => [account],
  state: () => ['available'],
  'vpc-id': ({ id }) => [id],
  ...matchingNothing(
    'ipv6-cidr-block-association.ipv6-cidr-block',
    'ipv6-cidr-block-association.ipv6-pool',
    'ipv6-cidr-block-association.association-id',
    'ipv6-cidr-block-association.state',
  ),
};

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html */
export function describeVpcs({ database }: Ec2Deps): Action {
  const networks = new Networks(database);
  return describing<'DescribeVpcs'>((input, scope) => {
    const { items, next } = chooseFew(input, {
      items: networks.all(vpcs, scope),
      kind: 'vpc',
      ids: input.VpcIds,
      idOf: ({ id }) => id,
      fields,
    });
    return { Vpcs: items.map(vpcShape), ...next };
  });
}

export function vpcShape(vpc: VpcRecord): Vpc {
  return {
    VpcId: vpc.id,
    OwnerId: vpc.account,
    CidrBlock: vpc.cidrs[0]?.cidr ?? '',
    CidrBlockAssociationSet: vpc.cidrs.map(({ cidr, associationId }) => ({
      AssociationId: associationId,
      CidrBlock: cidr,
      CidrBlockState: { State: 'associated' },
    })),
    DhcpOptionsId: vpc.dhcpOptionsId,
    InstanceTenancy: 'default',
    IsDefault: vpc.isDefault,
    State: 'available',
    Tags: tagList(vpc),
  };
}
