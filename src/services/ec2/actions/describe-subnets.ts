import { formatArn } from '../../../kernel/index.ts';
import type { Handler } from '../../../protocol/api/index.ts';
import type { Operations, Subnet } from '../../../protocol/generated/ec2.ts';
import { parsePrefix, usableAddresses } from '../addresses.ts';
import { describing } from '../core.ts';
import type { Ec2Deps } from '../core.ts';
import { chooseFew } from '../describe.ts';
import { matchingNothing, type FilterFields } from '../filters.ts';
import { Networks } from '../networks.ts';
import { addresses } from '../records/address.ts';
import { subnets, type SubnetRecord } from '../records/subnet.ts';
import { tagList } from '../tags.ts';

type Action = Handler<Operations['DescribeSubnets']['input'], Operations['DescribeSubnets']['output']>;

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html */
export function describeSubnets(deps: Ec2Deps): Action {
  const networks = new Networks(deps.database);
  return describing<'DescribeSubnets'>((input, scope) => {
    const fields: FilterFields<SubnetRecord> = {
      'availability-zone': ({ availabilityZone }) => [availabilityZone],
      availabilityZone: ({ availabilityZone }) => [availabilityZone],
      'availability-zone-id': ({ availabilityZoneId }) => [availabilityZoneId],
      availabilityZoneId: ({ availabilityZoneId }) => [availabilityZoneId],
      'available-ip-address-count': (subnet) => [String(freeAddresses(deps, subnet))],
      cidr: ({ cidr }) => [cidr],
      cidrBlock: ({ cidr }) => [cidr],
      'cidr-block': ({ cidr }) => [cidr],
      defaultForAz: ({ isDefault }) => [String(isDefault)],
      'default-for-az': ({ isDefault }) => [String(isDefault)],
      'ipv6-native': () => ['false'],
      'map-public-ip-on-launch': ({ mapPublicIpOnLaunch }) => [String(mapPublicIpOnLaunch)],
      'owner-id': () => [scope.account],
      state: () => ['available'],
      'subnet-arn': (subnet) => [arnOf(subnet)],
      'subnet-id': ({ id }) => [id],
      'vpc-id': ({ vpcId }) => [vpcId],
      'enable-dns64': () => ['false'],
      'map-customer-owned-ip-on-launch': () => ['false'],
      ...matchingNothing(
        'customer-owned-ipv4-pool',
        'ipv6-cidr-block-association.ipv6-cidr-block',
        'ipv6-cidr-block-association.association-id',
        'ipv6-cidr-block-association.state',
        'outpost-arn',
      ),
    };
    const { items, next } = chooseFew(input, {
      items: networks.all(subnets, scope),
      kind: 'subnet',
      ids: input.SubnetIds,
      idOf: ({ id }) => id,
      fields,
    });
    return { Subnets: items.map((subnet) => subnetShape(subnet, freeAddresses(deps, subnet))), ...next };
  });
}

/** Addresses the subnet can still give. All accounts share the addresses, so other accounts' interfaces count. */
export function freeAddresses({ database }: Ec2Deps, { cidr }: SubnetRecord): number {
  return usableAddresses(parsePrefix(cidr)) - database.table(addresses).count('cidr', cidr);
}

function arnOf({ id, account, region }: SubnetRecord): string {
  return formatArn('ec2', region, account, `subnet/${id}`);
}

export function subnetShape(subnet: SubnetRecord, free: number): Subnet {
  return {
    SubnetId: subnet.id,
    SubnetArn: arnOf(subnet),
    VpcId: subnet.vpcId,
    OwnerId: subnet.account,
    CidrBlock: subnet.cidr,
    AvailabilityZone: subnet.availabilityZone,
    AvailabilityZoneId: subnet.availabilityZoneId,
    AvailableIpAddressCount: free,
    DefaultForAz: subnet.isDefault,
    MapPublicIpOnLaunch: subnet.mapPublicIpOnLaunch,
    MapCustomerOwnedIpOnLaunch: false,
    AssignIpv6AddressOnCreation: false,
    Ipv6CidrBlockAssociationSet: [],
    EnableDns64: false,
    Ipv6Native: false,
    State: 'available',
    Tags: tagList(subnet),
  };
}
