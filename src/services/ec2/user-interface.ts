import { InvalidArgument, Unavailable } from '../../kernel/index.ts';
import { ApiError } from '../../protocol/api/index.ts';
import { isUsableIn, parsePrefix } from './addresses.ts';
import type { Change } from './core.ts';
import { invalidParameterValue, limitExceeded, notFound } from './errors.ts';
import { writeInterface, type NewInterface } from './interfaces.ts';
import { maxGroupsOfInterface, maxNetworkInterfaces } from './limits.ts';
import { networkInterfaces, type NetworkInterfaceRecord } from './records/network-interface.ts';
import { scopeText } from './records/scope.ts';
import { securityGroups } from './records/security-group.ts';
import type { SubnetRecord } from './records/subnet.ts';

export interface WantedInterface extends Omit<NewInterface, 'scope' | 'address'> {
  readonly subnet: SubnetRecord;
  /** Absent: any free address of the subnet. */
  readonly privateIpAddress?: string | undefined;
}

/** Writes an interface that a user asked for, itself or with a gateway or an endpoint. @throws what EC2 says when it cannot be had */
export function makeInterface(change: Change, { privateIpAddress, ...given }: WantedInterface): NetworkInterfaceRecord {
  const { tx, scope, database } = change;
  const { subnet } = given;
  if (subnet.deleting === true) throw notFound('subnet', subnet.id);
  if (database.table(networkInterfaces).count('scope', scopeText(scope)) >= maxNetworkInterfaces)
    throw limitExceeded('NetworkInterfaceLimitExceeded', 'network interfaces');
  const address =
    privateIpAddress === undefined ? anyAddress(change, subnet) : thisAddress(change, subnet, privateIpAddress);
  return writeInterface(tx, change, { ...given, scope, address });
}

function anyAddress({ addresses, tx }: Change, subnet: SubnetRecord): string {
  try {
    return addresses.take(tx, [subnet], 0).address;
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    throw new ApiError(
      'InsufficientFreeAddressesInSubnet',
      `The specified subnet does not have enough free addresses to satisfy the request: ${subnet.id}`,
    );
  }
}

function thisAddress({ addresses, tx }: Change, subnet: SubnetRecord, address: string): string {
  if (!isUsableIn(parsePrefix(subnet.cidr), address))
    throw invalidParameterValue(`Address ${address} does not fall within the subnet's address range`);
  try {
    return addresses.takeThis(tx, subnet, address);
  } catch (error) {
    if (!(error instanceof InvalidArgument)) throw error;
    throw new ApiError('InvalidIPAddress.InUse', `Address ${address} is in use.`);
  }
}

/** The groups asked for, or the VPC's default one. */
export function groupsFor(change: Change, vpcId: string, wanted: readonly string[] | undefined): readonly string[] {
  const { networks, scope, writer } = change;
  const ids = [...new Set(wanted ?? [])];
  if (ids.length > maxGroupsOfInterface)
    throw limitExceeded('SecurityGroupsPerInterfaceLimitExceeded', 'security groups per interface');
  for (const id of ids) {
    const group = writer.get(securityGroups, id);
    if (group === undefined || group.deleting === true) throw notFound('securityGroup', id);
    if (group.vpcId !== vpcId) {
      const sentence = `You have specified two resources that belong to different networks: ${id}, ${vpcId}`;
      throw new ApiError('InvalidParameter', sentence);
    }
  }
  if (ids.length > 0) return ids;
  const fallback = networks.ofVpc(securityGroups, scope, vpcId).find(({ name }) => name === 'default');
  return fallback === undefined ? [] : [fallback.id];
}
