import type { InterfacePolicy, PolicyMessage, SubnetPolicy, VpcPolicy } from '../../../network-protocol/index.ts';
import type { Database } from '../../../store/index.ts';
import { Networks } from '../networks.ts';
import { groupPolicy, interfacePolicy, prefixListsOf, subnetPolicy, vpcPolicy } from '../policies.ts';
import { networkInterfaceKey, networkInterfaces } from '../records/network-interface.ts';
import type { Scope } from '../records/scope.ts';
import type { GroupMembersIndex, MemberChange } from './group-members.ts';
import type { Interest } from './interest.ts';
import { policyLimits } from './limits.ts';
import type { PlacementsIndex } from './placements.ts';
import { ToldGroups } from './told-groups.ts';
import { ToldPlaces } from './told-places.ts';
import { ToldRemotes } from './told-remotes.ts';

export interface PictureDeps {
  readonly database: Database;
  readonly members: GroupMembersIndex;
  readonly placements: PlacementsIndex;
  /** The account whose interfaces may be watched; undefined: those of every account. */
  readonly account: string | undefined;
  readonly interest: Interest;
}

export type PolicyChanges = Omit<PolicyMessage, 'type' | 'sequence'>;

/** An interface as the machine was told of it. */
interface ToldInterface {
  readonly policy: InterfacePolicy;
  readonly text: string;
}

/**
 * What one machine was told, and what it is to be told next. Rendered from the tables when asked for, so whatever happened meanwhile is one change, and
 * a message is whole.
 */
export class MachinePicture {
  readonly #deps: PictureDeps;
  readonly #networks: Networks;
  readonly #watched = new Map<string, Scope>();
  readonly #told = new Map<string, ToldInterface>();
  readonly #dirty = new Set<string>();
  readonly #groups: ToldGroups;
  readonly #subnets: ToldPlaces<SubnetPolicy>;
  readonly #vpcs: ToldPlaces<VpcPolicy>;
  readonly #remotes: ToldRemotes;

  constructor(deps: PictureDeps) {
    const networks = new Networks(deps.database);
    const { interest } = deps;
    this.#deps = deps;
    this.#networks = networks;
    this.#groups = new ToldGroups({
      ...deps,
      render: (scope, id) => ({
        policy: groupPolicy(networks, scope, id),
        lists: prefixListsOf(networks, scope, id),
      }),
    });
    this.#subnets = new ToldPlaces((scope, id) => subnetPolicy(networks, scope, id), interest);
    this.#vpcs = new ToldPlaces((scope, id) => vpcPolicy(networks, scope, id), interest);
    this.#remotes = new ToldRemotes(deps.placements);
  }

  /** Interfaces that are watched, or have to be answered. */
  get size(): number {
    return Math.max(this.#watched.size, this.#dirty.size);
  }

  /** An interface is on the machine from now on. One that is not there, or is another account's, is answered as gone. */
  watch(id: string): void {
    this.#dirty.add(id);
    // Whoever asks is answered, also when nothing is otherwise than it was told.
    const told = this.#told.get(id);
    if (told !== undefined) this.#told.set(id, { ...told, text: '' });
    if (this.#watched.has(id)) return;
    const scope = this.#scopeOf(id);
    if (scope === undefined) return;
    this.#watched.set(id, scope);
    this.#deps.interest.add(id);
  }

  unwatch(id: string): void {
    if (!this.#watched.delete(id)) return;
    this.#deps.interest.remove(id);
    this.#dirty.add(id);
  }

  /** An interface, group, prefix list, subnet or VPC is not as it was. */
  changed(id: string): void {
    if (this.#watched.has(id)) this.#dirty.add(id);
    this.#groups.changed(id);
    this.#subnets.changed(id);
    this.#vpcs.changed(id);
  }

  /** The route tables of a VPC are not as they were. */
  routesChanged(vpcId: string): void {
    for (const [id, { policy }] of this.#told) if (policy.vpcId === vpcId) this.#dirty.add(id);
  }

  membersChanged(change: MemberChange): void {
    this.#groups.membersChanged(change);
  }

  /** An address of a VPC is on another machine than it was, or on none. */
  placementChanged(vpcId: string, address: string): void {
    this.#remotes.changed(vpcId, address);
  }

  /** Nothing has to be told of any more. */
  close(): void {
    for (const ids of [this.#watched.keys(), this.#groups.ids(), this.#subnets.ids, this.#vpcs.ids]) {
      for (const id of ids) this.#deps.interest.remove(id);
    }
  }

  /** There is more to tell at once, because one message brings so many interfaces only. */
  get hasMore(): boolean {
    return this.#dirty.size > 0;
  }

  /** What the machine has to be told now; it counts as told. Undefined: nothing. */
  next(): PolicyChanges | undefined {
    const interfaces = this.#takeInterfaces();
    const groups = this.#groups.take();
    const subnets = this.#subnets.take();
    const vpcs = this.#vpcs.take();
    const changes: PolicyChanges = {
      interfaces: interfaces.present,
      removedInterfaces: interfaces.removed,
      ...groups,
      subnets: subnets.present,
      removedSubnets: subnets.removed,
      vpcs: vpcs.present,
      removedVpcs: vpcs.removed,
      remotes: this.#remotes.take(),
    };
    return Object.values(changes).some((list) => list.length > 0) ? changes : undefined;
  }

  #scopeOf(id: string): Scope | undefined {
    const row = this.#deps.database.table(networkInterfaces).page('id', id, { limit: 1 }).rows[0]?.row;
    if (row === undefined || (this.#deps.account !== undefined && row.account !== this.#deps.account)) return undefined;
    return { account: row.account, region: row.region };
  }

  #takeInterfaces(): { readonly present: readonly InterfacePolicy[]; readonly removed: readonly string[] } {
    const present: InterfacePolicy[] = [];
    const removed: string[] = [];
    let taken = 0;
    for (const id of this.#dirty) {
      if (taken >= policyLimits.interfacesAtOnce) break;
      taken += 1;
      this.#dirty.delete(id);
      const scope = this.#watched.get(id);
      const policy = scope && this.#policyNow(scope, id);
      if (scope === undefined || policy === undefined) {
        removed.push(id);
        this.#gone(id);
        continue;
      }
      const text = JSON.stringify(policy);
      const before = this.#told.get(id);
      if (text === before?.text) continue;
      present.push(policy);
      this.#told.set(id, { policy, text });
      this.#move(before?.policy, policy, scope);
    }
    return { present, removed };
  }

  #policyNow(scope: Scope, id: string): InterfacePolicy | undefined {
    const row = this.#deps.database.get(networkInterfaces, networkInterfaceKey(scope, id))?.row;
    return row && interfacePolicy(this.#networks, row);
  }

  #gone(id: string): void {
    if (this.#watched.delete(id)) this.#deps.interest.remove(id);
    const before = this.#told.get(id);
    if (before === undefined) return;
    this.#told.delete(id);
    this.#move(before.policy, undefined, noScope);
  }

  #move(before: InterfacePolicy | undefined, after: InterfacePolicy | undefined, scope: Scope): void {
    this.#groups.move(before?.groups ?? [], after?.groups ?? [], { scope, vpcId: after?.vpcId ?? '' });
    this.#subnets.move(before?.subnetId, after?.subnetId, scope);
    this.#vpcs.move(before?.vpcId, after?.vpcId, scope);
    this.#remotes.move(before?.vpcId, after?.vpcId);
  }
}

/** Of what is gone nothing is looked up. */
const noScope: Scope = { account: '', region: '' };
