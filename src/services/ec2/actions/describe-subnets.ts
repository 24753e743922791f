import { formatArn } from '../../../kernel/index.ts';
import type { Handler } from '../../../protocol/api/index.ts';
import type { Operations, Subnet } from '../../../protocol/generated/ec2.ts';
import { parsePrefix, usableAddresses } from '../addresses.ts';
import { describing } from '../core.ts';
import type { Ec2Deps } from '../core.ts';
import { defaultNetwork } from '../default-network.ts';
import type { SubnetInfo } from '../default-network.ts';
import { chooseFew } from '../describe.ts';
import type { FilterFields } from '../filters.ts';
import { addresses } from '../records/address.ts';
import type { Scope } from '../records/scope.ts';

type Action = Handler<Operations['DescribeSubnets']['input'], Operations['DescribeSubnets']['output']>;

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html */
export function describeSubnets(deps: Ec2Deps): Action {
  return describing<'DescribeSubnets'>((input, scope) => {
    const arnOf = ({ id }: SubnetInfo): string => formatArn('ec2', scope.region, scope.account, `subnet/${id}`);
    const fields: FilterFields<SubnetInfo> = {
      'availability-zone': ({ availabilityZone }) => [availabilityZone],
      availabilityZone: ({ availabilityZone }) => [availabilityZone],
      'availability-zone-id': ({ availabilityZoneId }) => [availabilityZoneId],
      availabilityZoneId: ({ availabilityZoneId }) => [availabilityZoneId],
      'available-ip-address-count': (subnet) => [String(freeAddresses(deps, subnet))],
      cidr: ({ cidr }) => [cidr],
      cidrBlock: ({ cidr }) => [cidr],
      'cidr-block': ({ cidr }) => [cidr],
      defaultForAz: () => ['true'],
      'default-for-az': () => ['true'],
      'ipv6-native': () => ['false'],
      'map-public-ip-on-launch': () => ['true'],
      'owner-id': () => [scope.account],
      state: () => ['available'],
      'subnet-arn': (subnet) => [arnOf(subnet)],
      'subnet-id': ({ id }) => [id],
      'vpc-id': ({ vpcId }) => [vpcId],
    };
    const { items, next } = chooseFew(input, {
      items: defaultNetwork(scope).subnets,
      kind: 'subnet',
      ids: input.SubnetIds,
      idOf: ({ id }) => id,
      fields,
    });
    return {
      Subnets: items.map((subnet) => shape(subnet, scope, freeAddresses(deps, subnet), arnOf(subnet))),
      ...next,
    };
  });
}

/** Addresses the subnet can still give. All accounts share the addresses, so other accounts' interfaces count. */
function freeAddresses({ database }: Ec2Deps, { cidr }: SubnetInfo): number {
  return usableAddresses(parsePrefix(cidr)) - database.table(addresses).count('cidr', cidr);
}

function shape(subnet: SubnetInfo, scope: Scope, free: number, arn: string): Subnet {
  return {
    SubnetId: subnet.id,
    SubnetArn: arn,
    VpcId: subnet.vpcId,
    OwnerId: scope.account,
    CidrBlock: subnet.cidr,
    AvailabilityZone: subnet.availabilityZone,
    AvailabilityZoneId: subnet.availabilityZoneId,
    AvailableIpAddressCount: free,
    DefaultForAz: true,
    MapPublicIpOnLaunch: true,
    MapCustomerOwnedIpOnLaunch: false,
    AssignIpv6AddressOnCreation: false,
    Ipv6CidrBlockAssociationSet: [],
    EnableDns64: false,
    Ipv6Native: false,
    State: 'available',
    Tags: [],
  };
}
