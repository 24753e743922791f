import type { Asks } from './asks.ts';
import { onEach } from './creating.ts';

/** What describes asks about everything in the region; of these a policy may name the thing. */
export const describingThings: Asks = {
  DescribeAddressesAttribute: ({ AllocationIds: ids = [] }, asker) =>
    ids.length === 0 ? [asker.on('elastic-ip', '*')] : onEach(asker, 'elastic-ip', ids),
  DescribeNetworkInterfaceAttribute: ({ NetworkInterfaceId: id }, asker) => [asker.on('network-interface', id)],
  DescribeVpcAttribute: ({ VpcId: id }, asker) => [asker.on('vpc', id)],
};

export const withoutResource = [
  'DescribeAccountAttributes',
  'DescribeAddresses',
  'DescribeAvailabilityZones',
  'DescribeDhcpOptions',
  'DescribeInstances',
  'DescribeInternetGateways',
  'DescribeNatGateways',
  'DescribeNetworkAcls',
  'DescribeNetworkInterfaces',
  'DescribePrefixLists',
  'DescribeRegions',
  'DescribeRouteTables',
  'DescribeSnapshots',
  'DescribeSubnets',
  'DescribeTags',
  'DescribeVolumes',
  'DescribeVolumesModifications',
  'DescribeVpcEndpointServices',
  'DescribeVpcEndpoints',
  'DescribeVpcs',
] as const;
