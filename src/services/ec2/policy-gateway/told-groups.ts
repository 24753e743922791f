import type { GroupMembers, GroupPolicy, MembersChange } from '../../../network-protocol/index.ts';
import type { Scope } from '../records/scope.ts';
import type { GroupMembersIndex, MemberChange } from './group-members.ts';
import type { Interest } from './interest.ts';
import { policyLimits } from './limits.ts';
import { Needs } from './needs.ts';

export interface ToldGroupsDeps {
  readonly members: GroupMembersIndex;
  readonly interest: Interest;
  /** The rules of a group, and the prefix lists that they name. */
  render(scope: Scope, id: string): { readonly policy: Omit<GroupPolicy, 'vpcId'>; readonly lists: readonly string[] };
}

/** Where a group is. */
export interface GroupPlace {
  readonly scope: Scope;
  readonly vpcId: string;
}

interface Group extends GroupPlace {
  /** JSON of what the machine was told; undefined: nothing yet. */
  text?: string;
  /** Groups and prefix lists that its rules name. */
  names: Names;
  /** The machine was told its members. */
  hasMembers: boolean;
  /** Addresses that came (above 0) or went (below) since; undefined: it has to be told all members anew. */
  waiting: Map<string, number> | undefined;
}

interface Names {
  readonly groups: readonly string[];
  readonly lists: readonly string[];
}

export interface GroupChanges {
  readonly groups: GroupPolicy[];
  readonly removedGroups: string[];
  readonly members: GroupMembers[];
  readonly memberChanges: MembersChange[];
}

const nothing: Names = { groups: [], lists: [] };

/**
 * The groups that a machine needs: those that interfaces of it are in, with their rules, and those that these rules name, with their members. The rules
 * of the latter say nothing about this machine and are left out, so that a group needs no groups beyond those it names.
 */
export class ToldGroups {
  readonly #deps: ToldGroupsDeps;
  readonly #groups = new Map<string, Group>();
  /** Interfaces in a group. */
  readonly #memberships = new Needs();
  /** Groups whose rules name a group. */
  readonly #references = new Needs();
  /** Groups whose rules name a prefix list. */
  readonly #listUses = new Needs();
  /** Groups that may be told otherwise than they were. */
  readonly #dirty = new Set<string>();
  readonly #dirtyMembers = new Set<string>();

  constructor(deps: ToldGroupsDeps) {
    this.#deps = deps;
  }

  /** Groups and prefix lists. */
  *ids(): Iterable<string> {
    yield* this.#groups.keys();
    yield* this.#listUses.ids;
  }

  /** An interface was in some groups, and is in others now. */
  move(before: readonly string[], after: readonly string[], place: GroupPlace): void {
    for (const id of after) this.#need(id, place);
    this.#memberships.move(before, after, this.#dirty);
  }

  /** A group or prefix list is not as it was. */
  changed(id: string): void {
    if (this.#groups.has(id)) this.#dirty.add(id);
    else if (this.#listUses.has(id)) {
      for (const [group, { names }] of this.#groups) if (names.lists.includes(id)) this.#dirty.add(group);
    }
  }

  membersChanged({ group: id, address, by }: MemberChange): void {
    const group = this.#groups.get(id);
    if (group?.waiting === undefined) return;
    const net = (group.waiting.get(address) ?? 0) + by;
    if (net === 0) group.waiting.delete(address);
    else group.waiting.set(address, net);
    if (group.waiting.size > policyLimits.waitingMemberChanges) group.waiting = undefined;
    this.#dirtyMembers.add(id);
  }

  /** What the machine has to be told now; it counts as told. */
  take(): GroupChanges {
    const changes: GroupChanges = { groups: [], removedGroups: [], members: [], memberChanges: [] };
    const rendered = new Map<string, GroupPolicy>();
    // Groups that are named in here join while the set is gone through. What is rendered of a group depends on the interfaces in it, which are settled.
    for (const id of this.#dirty) {
      const group = this.#groups.get(id);
      if (group !== undefined) rendered.set(id, this.#rendered(id, group));
    }
    this.#dirty.clear();
    // Now that all that is named is known.
    for (const [id, policy] of rendered) this.#takeGroup(changes, id, policy);
    for (const id of this.#dirtyMembers) this.#takeMembers(changes, id);
    this.#dirtyMembers.clear();
    return changes;
  }

  #need(id: string, { scope, vpcId }: GroupPlace): void {
    if (this.#groups.has(id)) return;
    this.#groups.set(id, { scope, vpcId, names: nothing, hasMembers: false, waiting: undefined });
    this.#deps.interest.add(id);
  }

  #rendered(id: string, group: Group): GroupPolicy {
    const { policy, lists } = this.#memberships.has(id)
      ? this.#deps.render(group.scope, id)
      : { policy: { id, ingress: [], egress: [] }, lists: [] };
    const names: Names = { groups: peersOf(policy), lists };
    for (const peer of names.groups) this.#need(peer, group);
    this.#references.move(group.names.groups, names.groups, this.#dirty);
    this.#moveLists(group.names.lists, lists);
    group.names = names;
    return { ...policy, vpcId: group.vpcId };
  }

  #moveLists(before: readonly string[], after: readonly string[]): void {
    const touched = new Set<string>();
    this.#listUses.move(before, after, touched);
    for (const id of touched) {
      if (this.#listUses.has(id)) this.#deps.interest.add(id);
      else this.#deps.interest.remove(id);
    }
  }

  #takeGroup(changes: GroupChanges, id: string, policy: GroupPolicy): void {
    const group = this.#groups.get(id);
    if (group === undefined) return;
    const isNamed = this.#references.has(id);
    if (!isNamed && !this.#memberships.has(id)) {
      this.#groups.delete(id);
      this.#deps.interest.remove(id);
      if (group.text !== undefined) changes.removedGroups.push(id);
      return;
    }
    const text = JSON.stringify(policy);
    if (text !== group.text) changes.groups.push(policy);
    group.text = text;
    if (isNamed && !group.hasMembers) this.#dirtyMembers.add(id);
    group.hasMembers = isNamed;
    // Its members are told anew when rules name it again.
    if (!isNamed) group.waiting = undefined;
  }

  #takeMembers({ members, memberChanges }: GroupChanges, id: string): void {
    const group = this.#groups.get(id);
    if (group === undefined || !group.hasMembers) return;
    const { waiting } = group;
    group.waiting = new Map();
    if (waiting === undefined) {
      members.push({ group: id, addresses: [...this.#deps.members.addresses(id)] });
      return;
    }
    const added: string[] = [];
    const removed: string[] = [];
    for (const [address, net] of waiting) {
      if (net > 0) added.push(address);
      // Another interface may have the address meanwhile.
      else if (!this.#deps.members.has(id, address)) removed.push(address);
    }
    if (added.length + removed.length > 0) memberChanges.push({ group: id, added, removed });
  }
}

function peersOf({ ingress, egress }: Omit<GroupPolicy, 'vpcId'>): readonly string[] {
  return [...new Set([...ingress, ...egress].flatMap(({ peer }) => ('group' in peer ? [peer.group] : [])))];
}
