import type { Asks } from './asks.ts';

/** What describes asks about everything in the region; of these two a policy may name the thing. */
export const describingThings: Asks = {
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
