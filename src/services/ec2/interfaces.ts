import type { Clock, Ids } from '../../kernel/index.ts';
import type { Database, Transaction } from '../../store/index.ts';
import { macOf, privateDnsName } from './addresses.ts';
import { addresses, addressKey } from './records/address.ts';
import { elasticIps } from './records/elastic-ip.ts';
import { networkInterfaceKey, networkInterfaces, type NetworkInterfaceRecord } from './records/network-interface.ts';
import { publicAddressKey, publicAddressRows } from './records/public-address.ts';
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
  'description' | 'securityGroupIds' | 'interfaceType' | 'instanceOwnerId'
> {
  readonly scope: Scope;
  readonly subnet: SubnetRecord;
  readonly address: string;
  /** Takes a public address that the interface has as long as it lives. */
  readonly takePublicAddress?: (networkInterfaceId: string) => string;
  /** Of one that its user made, which is attached to nothing; absent: a service makes it for its user and uses it. */
  readonly own?: Pick<NetworkInterfaceRecord, 'id' | 'tags' | 'request'>;
}

/** Writes an interface and its address, with two creations in `tx`. */
export function writeInterface(
  tx: Transaction,
  { clock, ids }: NetworkInterfaceDeps,
  { scope: { account, region }, subnet, address, takePublicAddress, own, ...given }: NewInterface,
): NetworkInterfaceRecord {
  const scope = { account, region };
  const id = own?.id ?? `eni-0${ids.hex(16)}`;
  const publicIp = takePublicAddress === undefined ? {} : { publicIp: { address: takePublicAddress(id) } };
  const attached = own === undefined ? { attachmentId: `ela-attach-0${ids.hex(16)}` } : own;
  const row: NetworkInterfaceRecord = {
    ...scope,
    id,
    tags: {},
    ...given,
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    availabilityZone: subnet.availabilityZone,
    privateIpAddress: address,
    privateDnsName: privateDnsName(address, region),
    macAddress: macOf(address),
    requesterManaged: own === undefined,
    createdAtMs: clock.nowMs(),
    ...publicIp,
    ...attached,
  };
  tx.create(addresses, addressKey(address), { ...scope, address, cidr: subnet.cidr, networkInterfaceId: id });
  tx.create(networkInterfaces, networkInterfaceKey(scope, id), row);
  return row;
}

/** Removes an interface and frees its addresses in `tx`, with two deletions, or three when it has a public one; no error when it is gone. */
export function removeInterface(tx: Transaction, scope: Scope, networkInterfaceId: string): void {
  const key = networkInterfaceKey(scope, networkInterfaceId);
  const row = tx.get(networkInterfaces, key);
  if (row === undefined) return;
  tx.delete(networkInterfaces, key);
  tx.delete(addresses, addressKey(row.privateIpAddress));
  const { address, allocationId } = row.publicIp ?? {};
  if (address === undefined) return;
  if (allocationId === undefined) tx.delete(publicAddressRows, publicAddressKey(address));
  else unmapElasticIp(tx, row, allocationId);
}

/** Its user keeps an Elastic IP. */
function unmapElasticIp(tx: Transaction, scope: Scope, allocationId: string): void {
  const key = elasticIps.key(scope, allocationId);
  const row = tx.get(elasticIps, key);
  if (row === undefined) return;
  const { association: _gone, ...free } = row;
  tx.put(elasticIps, key, free);
}
