import type { NetworkReport, PolicyMessage, Underlay } from '../../../network-protocol/index.ts';
import type { Socket, SocketListener } from '../../../protocol/api/index.ts';

/** A machine that keeps what it is told, as the protocol says, and checks that nothing it is told hangs in the air. */
export class FakeMachine {
  readonly messages: PolicyMessage[] = [];
  readonly interfaces = new Map<string, PolicyMessage['interfaces'][number]>();
  readonly groups = new Map<string, PolicyMessage['groups'][number]>();
  readonly members = new Map<string, Set<string>>();
  readonly subnets = new Map<string, PolicyMessage['subnets'][number]>();
  readonly vpcs = new Map<string, PolicyMessage['vpcs'][number]>();
  /** The machine of each address, by VPC. */
  readonly remotes = new Map<string, Map<string, Underlay>>();
  /** Says `applied` for each message, as a machine that keeps up. */
  applies = true;
  bufferedBytes = 0;
  closed: { code: number; reason: string } | undefined;
  readonly socket: Socket;
  #listener: SocketListener | undefined;

  constructor() {
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const machine = this;
    this.socket = {
      get bufferedBytes() {
        return machine.bufferedBytes;
      },
      send: (text) => this.#take(JSON.parse(text) as PolicyMessage),
      close: (code, reason) => this.end(code, reason),
      listen: (listener) => {
        this.#listener = listener;
      },
    };
  }

  watch(...add: string[]): void {
    this.report({ type: 'watch', add, remove: [] });
  }

  unwatch(...remove: string[]): void {
    this.report({ type: 'watch', add: [], remove });
  }

  report(report: NetworkReport): void {
    this.sendText(JSON.stringify(report));
  }

  sendText(text: string): void {
    this.#listener?.onText(text);
  }

  end(code = 1006, reason = ''): void {
    if (this.closed !== undefined) return;
    this.closed = { code, reason };
    this.#listener?.onClose(code, reason);
  }

  #take(message: PolicyMessage): void {
    if (message.sequence !== this.messages.length + 1) throw new Error(`message ${message.sequence} is out of order`);
    this.messages.push(message);
    replace(this.interfaces, message.interfaces, message.removedInterfaces);
    replace(this.groups, message.groups, message.removedGroups);
    replace(this.subnets, message.subnets, message.removedSubnets);
    replace(this.vpcs, message.vpcs, message.removedVpcs);
    this.#takeRemotes(message);
    for (const id of message.removedGroups) this.members.delete(id);
    for (const { group, addresses } of message.members) this.members.set(group, new Set(addresses));
    for (const { group, added, removed } of message.memberChanges) {
      const members = this.members.get(group);
      if (members === undefined) throw new Error(`members of ${group} change that were never told`);
      for (const address of removed) members.delete(address);
      for (const address of added) members.add(address);
    }
    this.#check();
    if (this.applies) queueMicrotask(() => this.report({ type: 'applied', sequence: message.sequence }));
  }

  #takeRemotes({ removedVpcs, remotes }: PolicyMessage): void {
    for (const id of removedVpcs) this.remotes.delete(id);
    for (const { vpcId: vpc, whole, at, gone } of remotes) {
      if (!whole && !this.remotes.has(vpc)) throw new Error(`addresses of ${vpc} move that were never told`);
      const addresses = new Map(whole ? [] : this.remotes.get(vpc));
      for (const address of gone) addresses.delete(address);
      for (const one of at) for (const address of one.addresses) addresses.set(address, one.machine);
      this.remotes.set(vpc, addresses);
    }
  }

  #check(): void {
    const need = (known: ReadonlyMap<string, unknown>, id: string, by: string): void => {
      if (!known.has(id)) throw new Error(`${by} names ${id}, which is not known`);
    };
    for (const { id, groups, subnetId, vpcId: vpc } of this.interfaces.values()) {
      for (const group of groups) need(this.groups, group, id);
      need(this.subnets, subnetId, id);
      need(this.vpcs, vpc, id);
    }
    for (const { id, ingress, egress, vpcId: vpc } of this.groups.values()) {
      need(this.vpcs, vpc, id);
      for (const { peer } of [...ingress, ...egress]) {
        if (!('group' in peer)) continue;
        need(this.groups, peer.group, id);
        need(this.members, peer.group, id);
      }
    }
    for (const { id, vpcId: vpc } of this.subnets.values()) need(this.vpcs, vpc, id);
    for (const vpc of this.remotes.keys()) need(this.vpcs, vpc, 'the machine of an address');
  }
}

function replace<Thing extends { readonly id: string }>(
  known: Map<string, Thing>,
  present: readonly Thing[],
  removed: readonly string[],
): void {
  for (const id of removed) known.delete(id);
  for (const one of present) known.set(one.id, one);
}
