import { questionsOnEach } from '../../../protocol/api/index.ts';
import type { AccessQuestion } from '../../../protocol/api/index.ts';
import type { ResourceType } from '../tags.ts';
import type { Asker } from './ask.ts';
import type { Asks } from './asks.ts';

/** More things than any request may name; the rest is asked as everything. */
const mostNamed = 200;

/** About each of the things a request names, none if it names none. */
export function onEach(
  asker: Asker,
  type: ResourceType,
  ids: readonly (string | undefined)[] | undefined,
): readonly AccessQuestion[] {
  const named = (ids ?? []).filter((id) => id !== undefined);
  if (named.length === 0) return [];
  const any = (): AccessQuestion => asker.on(type, '*');
  return questionsOnEach(named, { max: mostNamed, any }, (id) => asker.on(type, id));
}

export const creating: Asks = {
  AllocateAddress: (input, asker) => asker.making('elastic-ip', input, { 'ec2:Domain': 'vpc' }),
  CreateDefaultSubnet: ({ AvailabilityZone }, asker) =>
    asker.making('subnet', {}, { 'ec2:AvailabilityZone': AvailabilityZone }),
  CreateDefaultVpc: (_input, asker) => asker.making('vpc', {}),
  CreateInternetGateway: (input, asker) => asker.making('internet-gateway', input),
  CreateNatGateway: (input, asker) => [
    ...asker.making('natgateway', input),
    ...onEach(asker, 'subnet', [input.SubnetId]),
    ...onEach(asker, 'elastic-ip', [input.AllocationId]),
  ],
  CreateNetworkAcl: (input, asker) => [
    ...asker.making('network-acl', input, { 'ec2:Vpc': asker.arn('vpc', input.VpcId) }),
    asker.on('vpc', input.VpcId),
  ],
  CreateNetworkInterface: (input, asker) => [
    ...asker.making('network-interface', input, { 'ec2:Subnet': asker.arn('subnet', input.SubnetId) }),
    asker.on('subnet', input.SubnetId),
    ...onEach(asker, 'security-group', input.Groups),
  ],
  CreateRouteTable: (input, asker) => [
    ...asker.making('route-table', input, { 'ec2:Vpc': asker.arn('vpc', input.VpcId) }),
    asker.on('vpc', input.VpcId),
  ],
  CreateSnapshot: (input, asker) => [
    ...asker.making('snapshot', input, { 'ec2:ParentVolume': asker.arn('volume', input.VolumeId) }),
    asker.on('volume', input.VolumeId),
  ],
  CreateSubnet: (input, asker) => [
    ...asker.making('subnet', input, {
      'ec2:Vpc': asker.arn('vpc', input.VpcId),
      'ec2:AvailabilityZone': input.AvailabilityZone,
    }),
    asker.on('vpc', input.VpcId),
  ],
  CreateVolume: (input, asker) => [
    ...asker.making('volume', input, {
      'ec2:AvailabilityZone': input.AvailabilityZone,
      'ec2:Encrypted': String(input.Encrypted ?? false),
      'ec2:ParentSnapshot': input.SnapshotId === undefined ? undefined : asker.arn('snapshot', input.SnapshotId),
      'ec2:VolumeIops': figure(input.Iops),
      'ec2:VolumeSize': figure(input.Size),
      'ec2:VolumeThroughput': figure(input.Throughput),
      'ec2:VolumeType': input.VolumeType ?? 'gp2',
    }),
    ...onEach(asker, 'snapshot', [input.SnapshotId]),
  ],
  CreateVpc: (input, asker) => asker.making('vpc', input, { 'ec2:Tenancy': input.InstanceTenancy ?? 'default' }),
  CreateVpcEndpoint: (input, asker) => [
    ...asker.making('vpc-endpoint', input, {
      'ec2:VpceServiceName': input.ServiceName,
      'ec2:VpceServiceOwner': 'amazon',
    }),
    asker.on('vpc', input.VpcId),
    ...onEach(asker, 'route-table', input.RouteTableIds),
    ...onEach(asker, 'subnet', input.SubnetIds),
    ...onEach(asker, 'security-group', input.SecurityGroupIds),
  ],
};

function figure(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}
