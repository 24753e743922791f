import type { EngineNetworkSpec } from '../../runtime/index.ts';
import type { TaskInterface } from '../index.ts';

/** Labels of the networks and pauses made here; the engine is the only memory. */
export const labels = {
  /** On a network: what it is for, `subnet` or `local`. */
  network: 'longshore.network',
  /** On a pause: the id of its interface, the address, the agent whose it is, and the network. */
  interface: 'longshore.interface',
  address: 'longshore.interface-address',
  owner: 'longshore.interface-owner',
  subnet: 'longshore.interface-network',
} as const;

/** Where the agent answers tasks. */
export const localAddress = '169.254.170.2';

/**
 * No container joins it: its gateway gives the machine the address, which every task reaches by its own default route. Internal, so that
 * the engine lets nothing through it.
 */
export const localNetwork: EngineNetworkSpec = {
  name: 'longshore-local',
  labels: { [labels.network]: 'local' },
  subnet: '169.254.170.0/23',
  gateway: localAddress,
  device: 'lsb-local',
  internal: true,
};

/** All bridges made here start like this, for a firewall's rules to match. */
const devicePrefix = 'lsb-';

/** The engine's network of the subnet that an interface is in. */
export function subnetNetwork(wanted: TaskInterface): EngineNetworkSpec {
  const first = firstOf(wanted.address, wanted.prefixLength);
  const [address, length] = [textOf(first), wanted.prefixLength];
  return {
    name: `longshore-${address}-${length}`,
    labels: { [labels.network]: 'subnet' },
    subnet: `${address}/${length}`,
    gateway: wanted.gateway,
    device: devicePrefix + first.toString(16).padStart(8, '0'),
    internal: false,
  };
}

/** A line of the kernel's IPv4 routes. */
export interface HostRoute {
  readonly device: string;
  readonly destination: string;
  readonly length: number;
}

/** Reads `/proc/net/route`: hexadecimal, the bytes of an address backwards. Default routes are left out. */
export function routesIn(text: string): readonly HostRoute[] {
  const lines = text.trim().split('\n').slice(1);
  return lines.flatMap((line) => {
    const [device = '', destination = '', , , , , , mask = ''] = line.trim().split(/\s+/);
    const length = ones(valueOf(mask));
    return length === 0 ? [] : [{ device, destination: textOf(valueOf(destination)), length }];
  });
}

/** A route by which the machine reaches some of the subnet otherwise, and which a network for it would hide. */
export function routeInTheWay(routes: readonly HostRoute[], { subnet }: EngineNetworkSpec): HostRoute | undefined {
  const [address = '', length = ''] = subnet.split('/');
  return routes.find((route) => {
    const shorter = Math.min(route.length, Number(length));
    return !route.device.startsWith(devicePrefix) && firstOf(route.destination, shorter) === firstOf(address, shorter);
  });
}

function firstOf(address: string, length: number): number {
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - length);
  return Math.floor(value / size) * size;
}

function textOf(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

function valueOf(backwards: string): number {
  return Number.parseInt((backwards.match(/../g) ?? []).toReversed().join(''), 16) || 0;
}

function ones(value: number): number {
  return value.toString(2).replaceAll('0', '').length;
}
