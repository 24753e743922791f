import { InvalidArgument } from '../../../kernel/index.ts';
import type { TargetToRegister } from '../offers.ts';
import type { Network } from '../ports.ts';
import type { TargetGroupRecord } from '../records/target-group.ts';
import type { TargetRecord } from '../records/target.ts';
import { ipv4Number, isIn, privateRanges } from './ipv4.ts';

/** Where a target is. */
export type Place = Pick<TargetRecord, 'id' | 'port' | 'address' | 'zone' | 'zoneIsGiven'>;

/** An instance that is not there. */
export class NoSuchInstance extends InvalidArgument {}

/**
 * Where a target of a group is, checked as the group's target type says.
 * @throws InvalidArgument with AWS's sentence; NoSuchInstance
 */
export function placedTarget(network: Network, group: TargetGroupRecord, target: TargetToRegister): Place {
  const port = target.port ?? group.port;
  return group.targetType === 'ip'
    ? placedAddress(network, group, target, port)
    : placedInstance(network, group, target, port);
}

function placedInstance(network: Network, group: TargetGroupRecord, target: TargetToRegister, port: number): Place {
  const { id, address, zone } = target;
  if (!/^i-[0-9a-f]{8,17}$/.test(id)) throw new InvalidArgument(`Instance ID '${id}' is not valid`);
  if (address !== undefined) {
    return {
      id,
      port,
      address,
      ...(zone === undefined ? {} : { zone }),
      zoneIsGiven: false,
    };
  }
  if (zone !== undefined) {
    throw new InvalidArgument('You cannot specify an Availability Zone for target groups with target type instance');
  }
  const found = network.instanceAddress(group, id);
  if (found === undefined || found.vpcId !== group.vpcId) {
    throw new NoSuchInstance(`The following targets are not in a running state and cannot be registered: '${id}'`);
  }
  return { id, port, address: found.privateIpv4Address, zone: found.availabilityZone, zoneIsGiven: false };
}

function placedAddress(network: Network, group: TargetGroupRecord, target: TargetToRegister, port: number): Place {
  const { id, zone: availabilityZone } = target;
  const address = ipv4Number(id);
  if (address === undefined) throw new InvalidArgument(`The IP address '${id}' is not a valid IPv4 address`);
  const vpc = network.vpc(group, group.vpcId);
  const subnet = vpc?.subnets.find(({ cidr }) => isIn(address, cidr));
  const given = { id, port, address: id };
  if (subnet !== undefined) {
    const zone = subnet.availabilityZone;
    if (availabilityZone !== undefined && availabilityZone !== zone) {
      throw new InvalidArgument(
        `The IP address '${id}' is within the VPC, and cannot have its Availability Zone overridden to '${availabilityZone}' from '${zone}'`,
      );
    }
    return { ...given, zone, zoneIsGiven: availabilityZone !== undefined };
  }
  if (!privateRanges.some((range) => isIn(address, range))) {
    throw new InvalidArgument(
      `The IP address '${id}' must be in the VPC or in one of the ranges ${privateRanges.join(', ')}`,
    );
  }
  if (availabilityZone === undefined) {
    throw new InvalidArgument(`The Availability Zone is required for IP address '${id}' because it is not in the VPC`);
  }
  if (availabilityZone === 'all') return { ...given, zoneIsGiven: true };
  if (vpc?.subnets.some((one) => one.availabilityZone === availabilityZone) !== true) {
    throw new InvalidArgument(`The Availability Zone '${availabilityZone}' is not valid`);
  }
  return { ...given, zone: availabilityZone, zoneIsGiven: true };
}
