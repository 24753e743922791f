import type { Clock, Ids } from '../../kernel/index.ts';
import type { Database, Transaction } from '../../store/index.ts';
import { macOf, privateDnsName } from './addresses.ts';
import { addresses, addressKey } from './records/address.ts';
import { networkInterfaceKey, networkInterfaces, type NetworkInterfaceRecord } from './records/network-interface.ts';
import type { Scope } from './records/scope.ts';
import type { SubnetRecord } from './records/subnet.ts';

/** What interfaces for other services are made with. */
export interface NetworkInterfaceDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** An interface that is to be, at an address that was taken for it. */
export interface NewInterface extends Pick<
  NetworkInterfaceRecord,
  'description' | 'securityGroupIds' | 'hasPublicAddress' | 'interfaceType' | 'instanceOwnerId'
> {
  readonly scope: Scope;
  readonly subnet: SubnetRecord;
  readonly address: string;
}

/** Writes an interface that a service makes for its user and its address, with two creations in `tx`. */
export function writeInterface(
  tx: Transaction,
  { clock, ids }: NetworkInterfaceDeps,
  { scope: { account, region }, subnet, address, ...given }: NewInterface,
): NetworkInterfaceRecord {
  const scope = { account, region };
  const id = `eni-0${ids.hex(16)}`;
  const row: NetworkInterfaceRecord = {
    ...scope,
    id,
    ...given,
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    availabilityZone: subnet.availabilityZone,
    privateIpAddress: address,
    privateDnsName: privateDnsName(address, region),
    macAddress: macOf(address),
    requesterManaged: true,
    attachmentId: `ela-attach-0${ids.hex(16)}`,
    createdAtMs: clock.nowMs(),
  };
  tx.create(addresses, addressKey(address), { ...scope, address, cidr: subnet.cidr, networkInterfaceId: id });
  tx.create(networkInterfaces, networkInterfaceKey(scope, id), row);
  return row;
}

/** Removes an interface and frees its address, with two deletions in `tx`; no error when it is gone. */
export function removeInterface(tx: Transaction, scope: Scope, networkInterfaceId: string): void {
  const key = networkInterfaceKey(scope, networkInterfaceId);
  const row = tx.get(networkInterfaces, key);
  if (row === undefined) return;
  tx.delete(networkInterfaces, key);
  tx.delete(addresses, addressKey(row.privateIpAddress));
}
