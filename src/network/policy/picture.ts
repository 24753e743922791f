import {
  inwardAddress,
  type GroupPolicy,
  type InterfacePolicy,
  type PolicyMessage,
  type SubnetPolicy,
  type VpcPolicy,
} from '../../network-protocol/index.ts';
import { changedRemotes, noRemotes, wholeRemotes, type Remotes } from './remotes.ts';

/** A change of what may pass, see `PolicyMessage`. */
export interface PolicyChange extends Omit<PolicyMessage, 'type' | 'sequence'> {
  /** Everything there is is in this change: what it does not name is gone. */
  readonly complete: boolean;
}

/** An interface that is known; one that the control plane took away stays, closed, until it is wired no longer. */
export interface PicturedInterface extends InterfacePolicy {
  readonly closed?: true;
}

/** All that one owner knows of what may pass on its machine. */
export interface Picture {
  readonly interfaces: ReadonlyMap<string, PicturedInterface>;
  /** Which interface an address belongs to: the one that came last. */
  readonly holders: ReadonlyMap<string, string>;
  /** The same of the public addresses that lead to an interface. */
  readonly publicHolders: ReadonlyMap<string, string>;
  readonly groups: ReadonlyMap<string, GroupPolicy>;
  /** Addresses by group, of groups that rules refer to. */
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
  readonly subnets: ReadonlyMap<string, SubnetPolicy>;
  readonly vpcs: ReadonlyMap<string, VpcPolicy>;
  readonly remotes: Remotes;
}

export const emptyPicture: Picture = {
  interfaces: new Map(),
  holders: new Map(),
  publicHolders: new Map(),
  groups: new Map(),
  members: new Map(),
  subnets: new Map(),
  vpcs: new Map(),
  remotes: noRemotes,
};

export const noChange: PolicyChange = {
  complete: false,
  interfaces: [],
  removedInterfaces: [],
  groups: [],
  members: [],
  memberChanges: [],
  removedGroups: [],
  subnets: [],
  removedSubnets: [],
  vpcs: [],
  removedVpcs: [],
  remotes: [],
};

/** An interface that is wired on the machine. */
export interface WiredInterface {
  readonly id: string;
  readonly address: string;
}

/**
 * The picture after a change.
 * @param wired what is on the machine: with a complete change, what it does not name of these is closed
 */
export function applied(before: Picture, change: PolicyChange, wired: readonly WiredInterface[] = []): Picture {
  const from = change.complete ? emptyPicture : before;
  const interfaces = changedInterfaces(from, change, wired);
  return {
    interfaces,
    holders: changedHolders(from, interfaces, change, wired),
    publicHolders: changedPublicHolders(from, interfaces, change),
    groups: replaced(from.groups, change.groups, change.removedGroups),
    members: changedMembers(from, change),
    subnets: replaced(from.subnets, change.subnets, change.removedSubnets),
    vpcs: replaced(from.vpcs, change.vpcs, change.removedVpcs),
    remotes: changedRemotes(from.remotes, change),
  };
}

/** With these interfaces: those that nothing is known of yet are closed. */
export function guarded(before: Picture, wired: readonly WiredInterface[]): Picture {
  const fresh = wired.filter(({ id }) => !before.interfaces.has(id));
  if (fresh.length === 0) return before;
  const interfaces = new Map(before.interfaces);
  const holders = new Map(before.holders);
  for (const one of fresh) {
    interfaces.set(one.id, closedInterface(one));
    holders.set(one.address, one.id);
  }
  return { ...before, interfaces, holders };
}

/** Without interfaces that are wired no longer. */
export function forgotten(before: Picture, ids: readonly string[]): Picture {
  const known = ids.filter((id) => before.interfaces.has(id));
  if (known.length === 0) return before;
  const interfaces = new Map(before.interfaces);
  const holders = new Map(before.holders);
  const publicHolders = new Map(before.publicHolders);
  for (const id of known) {
    const one = before.interfaces.get(id) as PicturedInterface;
    if (holders.get(one.address) === id) holders.delete(one.address);
    release(publicHolders, id, inwardAddress(one));
    interfaces.delete(id);
  }
  return { ...before, interfaces, holders, publicHolders };
}

/** A change that brings all of a picture. */
export function wholeOf(picture: Picture): PolicyChange {
  return {
    ...noChange,
    complete: true,
    interfaces: [...picture.interfaces.values()].filter(({ closed }) => closed !== true),
    groups: [...picture.groups.values()],
    members: [...picture.members].map(([group, addresses]) => ({ group, addresses: [...addresses] })),
    subnets: [...picture.subnets.values()],
    vpcs: [...picture.vpcs.values()],
    remotes: wholeRemotes(picture.remotes),
  };
}

function changedInterfaces(
  { interfaces: before }: Picture,
  change: PolicyChange,
  wired: readonly WiredInterface[],
): Picture['interfaces'] {
  const closed = change.complete ? wired.map(closedInterface) : [];
  const removed = change.removedInterfaces.flatMap((id) => before.get(id) ?? []);
  if (closed.length + removed.length + change.interfaces.length === 0) return before;
  const interfaces = new Map(before);
  for (const one of closed) interfaces.set(one.id, one);
  for (const one of removed) interfaces.set(one.id, closedInterface(one));
  for (const one of change.interfaces) interfaces.set(one.id, one);
  return interfaces;
}

function closedInterface({ id, address }: WiredInterface): PicturedInterface {
  return { id, address, vpcId: '', subnetId: '', groups: [], wayOut: 'none', closed: true };
}

function changedHolders(
  from: Picture,
  interfaces: Picture['interfaces'],
  change: PolicyChange,
  wired: readonly WiredInterface[],
): Picture['holders'] {
  if (interfaces === from.interfaces) return from.holders;
  const holders = new Map(from.holders);
  const named = [...(change.complete ? wired : []), ...change.interfaces];
  for (const { id } of named) {
    const was = from.interfaces.get(id)?.address;
    if (was !== undefined && holders.get(was) === id) holders.delete(was);
  }
  for (const { id, address } of named) if (interfaces.get(id)?.address === address) holders.set(address, id);
  return holders;
}

function changedPublicHolders(
  from: Picture,
  interfaces: Picture['interfaces'],
  { interfaces: named, removedInterfaces }: PolicyChange,
): Picture['publicHolders'] {
  if (interfaces === from.interfaces) return from.publicHolders;
  const holders = new Map(from.publicHolders);
  for (const id of [...removedInterfaces, ...named.map((one) => one.id)]) {
    const was = from.interfaces.get(id);
    if (was !== undefined) release(holders, id, inwardAddress(was));
  }
  for (const one of named) {
    const address = inwardAddress(one);
    if (address !== undefined) holders.set(address, one.id);
  }
  return holders;
}

/** An address that it held, if nobody else does meanwhile. */
function release(holders: Map<string, string>, id: string, address: string | undefined): void {
  if (address !== undefined && holders.get(address) === id) holders.delete(address);
}

function changedMembers({ members: before }: Picture, change: PolicyChange): Picture['members'] {
  const { members, memberChanges, removedGroups } = change;
  if (members.length + memberChanges.length + removedGroups.length === 0) return before;
  const after = new Map(before);
  for (const group of removedGroups) after.delete(group);
  for (const { group, addresses } of members) after.set(group, new Set(addresses));
  for (const { group, added, removed } of memberChanges) {
    const addresses = new Set(after.get(group));
    for (const address of removed) addresses.delete(address);
    for (const address of added) addresses.add(address);
    after.set(group, addresses);
  }
  return after;
}

function replaced<T extends { readonly id: string }>(
  before: ReadonlyMap<string, T>,
  named: readonly T[],
  removed: readonly string[],
): ReadonlyMap<string, T> {
  if (named.length + removed.length === 0) return before;
  const after = new Map(before);
  for (const id of removed) after.delete(id);
  for (const one of named) after.set(one.id, one);
  return after;
}
