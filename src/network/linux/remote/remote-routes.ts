import { createHash } from 'node:crypto';
import type { Underlay } from '../../../network-protocol/index.ts';
import type { Remotes } from '../../index.ts';
import { remoteProtocol } from '../names.ts';
import { vxlanDevice } from './vxlan-names.ts';
import type { Way } from './way.ts';

/** What leads to an address: a machine by a device, or nothing (`unreachable`). */
export type Target = { readonly via: string; readonly device: string } | 'unreachable';

/** What routes follow from. */
export interface RoutedPicture {
  readonly remotes: Remotes;
  /** Address blocks by VPC, without those that this machine uses otherwise. */
  readonly blocks: ReadonlyMap<string, readonly string[]>;
  readonly wayTo: (machine: Underlay) => Way;
}

/**
 * Every owner of a machine has routes of its own, told apart by their metrics: so none has to know what others need, and a route goes with the last that
 * needs it. The kernel takes any one of them; they say the same.
 */
export function metricOf(owner: string): number {
  return lowestMetric + createHash('sha256').update(owner).digest().readUIntBE(0, 3);
}

const lowestMetric = 0x100_0000;

/** A route as `ip -j route` prints it, as far as it is read. */
export interface ListedRoute {
  readonly dst: string;
  readonly type?: string;
  readonly dev?: string;
  readonly gateway?: string;
  readonly metric?: number;
}

/** Everything that is to be, by destination. */
export function desiredRoutes(picture: RoutedPicture): ReadonlyMap<string, Target> {
  const blocks = [...picture.blocks.values()].flat();
  const addresses = [...picture.remotes.values()].flatMap((found) => [...found.keys()]);
  return new Map([...blocks, ...addresses].flatMap((to) => pairOf(to, targetOf(picture, to))));
}

/** What leads to an address or address block; undefined: nothing does, or nothing has to, because it is on this machine. */
export function targetOf(picture: RoutedPicture, to: string): Target | undefined {
  const { remotes, blocks, wayTo } = picture;
  if (to.includes('/')) return [...blocks.values()].some((cidrs) => cidrs.includes(to)) ? 'unreachable' : undefined;
  for (const [vpcId, addresses] of remotes) {
    const machine = blocks.has(vpcId) ? addresses.get(to) : undefined;
    if (machine === undefined) continue;
    const way = wayTo(machine);
    if (way.kind === 'plain') return { via: machine.address, device: way.device };
    if (way.kind === 'vxlan') return { via: machine.address, device: vxlanDevice };
  }
  return undefined;
}

function pairOf(to: string, target: Target | undefined): readonly (readonly [string, Target])[] {
  return target === undefined ? [] : [[to, target]];
}

/** Commands that make some routes of an owner what they are to be. */
export function routeCommands(
  metric: number,
  was: ReadonlyMap<string, Target>,
  is: ReadonlyMap<string, Target>,
): readonly string[] {
  const tail = `proto ${remoteProtocol} metric ${metric}`;
  const gone = [...was].filter(([to, target]) => {
    const next = is.get(to);
    return next === undefined || (next === 'unreachable') !== (target === 'unreachable');
  });
  const changed = [...is].filter(([to, target]) => !sameTarget(was.get(to), target));
  return [
    ...gone.map(([to, target]) => `route delete ${target === 'unreachable' ? 'unreachable ' : ''}${to} ${tail}`),
    ...changed.map(([to, target]) =>
      target === 'unreachable'
        ? `route replace unreachable ${to} ${tail}`
        : `route replace ${to} via ${target.via} dev ${target.device} onlink ${tail}`,
    ),
  ];
}

export function sameTarget(a: Target | undefined, b: Target | undefined): boolean {
  if (a === undefined || b === undefined || a === 'unreachable' || b === 'unreachable') return a === b;
  return a.via === b.via && a.device === b.device;
}

/** An owner's routes, of all that `ip` lists. */
export function routesOf(listed: readonly ListedRoute[], metric: number): ReadonlyMap<string, Target> {
  const own = listed.filter((route) => route.metric === metric);
  return new Map(
    own.map(({ dst, type, gateway, dev }) => [
      dst,
      type === 'unreachable' ? 'unreachable' : { via: gateway ?? '', device: dev ?? '' },
    ]),
  );
}
