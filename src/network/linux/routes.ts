import { publicBlock } from '../../network-protocol/index.ts';
import { addressLabel, interfaceName, localServices, remoteProtocol, routeProtocol } from './names.ts';
import type { InterfaceRecord } from './names.ts';
import { overlap } from './prefixes.ts';

/** A route as `ip -j route` prints it, as far as it is read. */
export interface IpRoute {
  /** `default`, an address or a prefix. */
  readonly dst: string;
  readonly type?: string;
  readonly dev?: string;
  readonly protocol?: string;
}

/** An address of `lo` as `ip -j addr` prints it, as far as it is read. */
export interface IpAddress {
  readonly local: string;
  readonly prefixlen: number;
  readonly label?: string;
}

/**
 * The route that stands in the way of a VPC prefix: what this machine reaches otherwise must not be shadowed by task addresses.
 * Undefined when there is none; neither the default route nor those made here are.
 */
export function routeInTheWay(routes: readonly IpRoute[], prefix: string): IpRoute | undefined {
  const own = (route: IpRoute): boolean => [routeProtocol, remoteProtocol].includes(route.protocol ?? '');
  return routes.find((route) => route.dst !== 'default' && !own(route) && overlap(route.dst, prefix));
}

/** What interfaces share on the host: the gateway of the subnet, and a route that keeps unused addresses of the VPC on this machine. */
export function sharedCommands({ gateway, vpcPrefixes }: Pick<InterfaceRecord, 'gateway' | 'vpcPrefixes'>): string[] {
  return [addAddress(gateway), ...vpcPrefixes.map(addPrefix)];
}

/** The host's way to a task. @param how `add` fails where another interface has the address */
export function taskRoute(record: InterfaceRecord, how: 'add' | 'replace'): string {
  const { id, address, gateway } = record;
  return `route ${how} ${address}/32 dev ${interfaceName(id)} src ${gateway} proto ${routeProtocol}`;
}

/**
 * Public addresses need a route, or the machine could not call those that are translated to its tasks'; the others end here. Behind a route of the machine's
 * own, by its metric.
 */
const publicRoute = `route replace ${publicBlock} dev lo src ${localServices[0]} metric 4278 proto ${routeProtocol}`;

/** `ip` commands that make addresses and routes what the interfaces of this machine need: what is missing is added, the rest removed. */
export function reconcileCommands(
  records: readonly InterfaceRecord[],
  found: { readonly routes: readonly IpRoute[]; readonly addresses: readonly IpAddress[] },
): readonly string[] {
  const addresses = new Set([...localServices, ...records.map((record) => record.gateway)]);
  const prefixes = new Set(records.flatMap((record) => record.vpcPrefixes));
  const tasks = new Set(records.map((record) => `${record.address} ${interfaceName(record.id)}`));
  const isNeeded = ({ type, dst, dev }: IpRoute): boolean =>
    dst === publicBlock || (type === 'unreachable' ? prefixes.has(dst) : tasks.has(`${dst} ${dev ?? ''}`));
  const stale = found.routes.filter((route) => !isNeeded(route));
  return [
    ...stale.map(deleteRoute),
    ...[...addresses].map(addAddress),
    ...[...prefixes].map(addPrefix),
    publicRoute,
    ...records.map((record) => taskRoute(record, 'replace')),
    ...found.addresses.filter(({ local }) => !addresses.has(local)).map(deleteAddress),
  ];
}

export function deleteRoute({ type, dst, dev }: IpRoute): string {
  const what = type === 'unreachable' ? `unreachable ${dst}` : `${dst} dev ${dev ?? ''}`;
  return `route delete ${what} proto ${routeProtocol}`;
}

export function deleteAddress({ local, prefixlen }: IpAddress): string {
  return `addr delete ${local}/${prefixlen} dev lo`;
}

function addAddress(address: string): string {
  return `addr replace ${address}/32 dev lo scope host label ${addressLabel}`;
}

function addPrefix(prefix: string): string {
  return `route replace unreachable ${prefix} proto ${routeProtocol}`;
}
