import { isIP } from 'node:net';
import { messageOf } from '../../../kernel/index.ts';
import type { Underlay, VxlanUse } from '../../../network-protocol/index.ts';
import { ipJson, run } from '../commands.ts';
import type { RouteGet } from './way.ts';

export interface UnderlayOptions {
  /** Given by the operator; absent: chosen. */
  readonly address?: string | undefined;
  /** Absent: `across`, where the kernel has VXLAN. */
  readonly vxlan?: VxlanUse | undefined;
  /** Host of the control plane: the address that this machine calls it from is a good one, unless it is on this machine. */
  readonly controlPlane: string;
}

/** What stands for the rest of the world when this machine is asked which of its addresses it uses. */
const elsewhere = '192.0.2.1';

/** How other machines reach this one, or in a sentence why they do not. @throws NetworkFailed for an address given that it does not have */
export async function findUnderlay(options: UnderlayOptions): Promise<Underlay | string> {
  const address = options.address ?? (await chosenAddress(options.controlPlane));
  if (address === undefined)
    return 'Tasks on other machines and tasks here do not reach each other: this machine has no address towards other machines (--underlay-address gives one).';
  if ((await routeTo(address))?.type !== 'local') {
    return `Tasks on other machines and tasks here do not reach each other: ${address} is no address of this machine.`;
  }
  const wanted = options.vxlan ?? 'across';
  return { address, vxlan: wanted !== 'never' && (await hasVxlan()) ? wanted : 'never' };
}

/** What leads to an address; undefined: nothing. */
export async function routeTo(address: string): Promise<RouteGet | undefined> {
  try {
    const [route] = await ipJson<RouteGet>(['-4', 'route', 'get', address]);
    return route?.type === 'unreachable' ? undefined : route;
  } catch (thrown) {
    if (/unreachable|prohibited|Invalid argument/i.test(messageOf(thrown))) return undefined;
    throw thrown;
  }
}

async function chosenAddress(controlPlane: string): Promise<string | undefined> {
  for (const host of [controlPlane, elsewhere]) {
    if (isIP(host) !== 4) continue;
    const route = await routeTo(host);
    if (route?.type !== 'local' && route?.prefsrc !== undefined) return route.prefsrc;
    // The control plane is on this machine: the address that others call it by is one of this machine's.
    if (route?.type === 'local' && !host.startsWith('127.')) return host;
  }
  return undefined;
}

const probeDevice = 'lsx-probe';

async function hasVxlan(): Promise<boolean> {
  const name = `${probeDevice}${process.pid % 1000}`;
  try {
    await run('bridge', ['-V']);
    await run('ip', ['link', 'add', name, 'type', 'vxlan', 'id', '1', 'dstport', '0', 'nolearning']);
    await run('ip', ['link', 'delete', name]);
    return true;
  } catch {
    return false;
  }
}
