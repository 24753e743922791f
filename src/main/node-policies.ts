import type { NodePolicies, PolicedNode } from '../balancer/index.ts';
import type { Clock, Ids, Log, ServerTrust } from '../kernel/index.ts';
import { messageOf } from '../kernel/index.ts';
import type { NetworkReport, Underlay } from '../network-protocol/index.ts';
import type { WiredInterface } from '../network/index.ts';
import { openNodeEnforcer, type NodeEnforcer } from '../network/linux/index.ts';
import { PolicySession } from '../network/session/index.ts';

export interface NodePoliciesOptions {
  /** Of this installation, see `networkOwner`. */
  readonly owner: string;
  readonly endpoint: string;
  /** How an `https` endpoint is verified; absent: as usual. */
  readonly trust?: ServerTrust | undefined;
  readonly region: string;
  /** How other machines reach this one; absent: tasks there and load balancers here do not reach each other. */
  readonly underlay?: Underlay | undefined;
  readonly credentials: () => { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** How long a load balancer's listeners wait for its security groups; nothing passes to them before these are there anyway. */
const longestWaitMs = 5_000;
/** The same while there is no connection: what was served before is served again soon, under the rules of before. */
const connectionWaitMs = 500;

/** Security groups of the load balancers on this machine; undefined, and said, where they cannot be enforced. */
export async function openNodePolicies(options: NodePoliciesOptions): Promise<NodePolicies | undefined> {
  const nodes = new Map<string, PolicedNode>();
  const enforcer = await openNodeEnforcer({
    owner: options.owner,
    aliases: (id) => [nodes.get(id)?.loopbackAddress ?? []].flat(),
    wired: async () => [...nodes.values()].map(wired),
    underlay: options.underlay,
    log: options.log,
  });
  if (typeof enforcer !== 'string') return new EnforcedNodePolicies(options, nodes, enforcer);
  options.log.warn(`security groups of load balancers are not enforced here: ${enforcer}`);
  return undefined;
}

class EnforcedNodePolicies implements NodePolicies {
  readonly #options: NodePoliciesOptions;
  readonly #nodes: Map<string, PolicedNode>;
  readonly #enforcer: NodeEnforcer;
  #session: PolicySession | undefined;

  constructor(options: NodePoliciesOptions, nodes: Map<string, PolicedNode>, enforcer: NodeEnforcer) {
    this.#options = options;
    this.#nodes = nodes;
    this.#enforcer = enforcer;
  }

  async add(nodes: readonly PolicedNode[]): Promise<void> {
    const fresh = nodes.filter(({ networkInterfaceId }) => !this.#nodes.has(networkInterfaceId));
    for (const node of fresh) this.#nodes.set(node.networkInterfaceId, node);
    await this.#enforcer.guard(fresh.map(wired));
    const ids = fresh.map(({ networkInterfaceId }) => networkInterfaceId);
    if (this.#session === undefined)
      this.#session = new PolicySession(
        { ...this.#options, enforcer: this.#enforcer, first: nodesAt(this.#options) },
        ids,
      );
    else this.#session.watch(ids);
    await this.#enforced(this.#session, ids);
  }

  async keepOnly(nodes: readonly PolicedNode[]): Promise<void> {
    const kept = new Set(nodes.map(({ networkInterfaceId }) => networkInterfaceId));
    const gone = [...this.#nodes.keys()].filter((id) => !kept.has(id));
    if (gone.length === 0) return;
    this.#session?.unwatch(gone);
    await this.#enforcer.forget(gone);
    for (const id of gone) this.#nodes.delete(id);
  }

  async close(): Promise<void> {
    this.#session?.close();
    await this.#enforcer.destroy();
  }

  async #enforced(session: PolicySession, ids: readonly string[]): Promise<void> {
    const { log } = this.#options;
    const all = ids.map(async (id) =>
      session
        .enforced(id)
        .catch((error: unknown) =>
          log.warn('nothing passes to a node of a load balancer', { interface: id, why: messageOf(error) }),
        ),
    );
    const known = Promise.all(all).then(() => true);
    if ((await this.#within(known, connectionWaitMs)) || !session.connected) return;
    await this.#within(known, longestWaitMs - connectionWaitMs);
  }

  async #within(known: Promise<boolean>, waitMs: number): Promise<boolean> {
    let cancel = (): void => undefined;
    const late = new Promise<boolean>((resolve) => {
      cancel = this.#options.clock.after(waitMs, () => resolve(false));
    });
    const first = await Promise.race([known, late]);
    cancel();
    return first;
  }
}

function nodesAt({ underlay }: NodePoliciesOptions): NetworkReport | undefined {
  return underlay && { type: 'nodes', underlay };
}

function wired({ networkInterfaceId, privateIpv4Address }: PolicedNode): WiredInterface {
  return { id: networkInterfaceId, address: privateIpv4Address };
}
