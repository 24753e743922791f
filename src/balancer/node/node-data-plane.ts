import type { ListenerConfig, LoadBalancerConfig, TargetGroupConfig } from '../../balancer-protocol/index.ts';
import { messageOf, type Cancel, type Clock, type Ids, type Log } from '../../kernel/index.ts';
import { AccessFigures } from '../access-figures.ts';
import type {
  ConfigChange,
  DataPlane,
  DataPlaneEvents,
  ListenerState,
  Placement,
  TargetHealthChange,
  TargetKey,
} from '../data-plane.ts';
import { limits } from '../limits.ts';
import { CookieSeal } from '../model/cookies.ts';
import { TargetGroup, targetKey } from '../model/target-group.ts';
import { createListener } from './create-listener.ts';
import { Draining } from './draining.ts';
import type { NodeListener } from './node-listener.ts';
import type { NodeTarget, NodeTargetGroup, PlaneParts } from './plane-parts.ts';
import { TargetConnections } from './target-connections.ts';

export interface NodeDataPlaneOptions {
  readonly events: DataPlaneEvents;
  readonly placement: Placement;
  /** Seals stickiness cookies; the same after a restart. */
  readonly cookieSecret: Buffer;
  /** Where to count; by default counters of its own. */
  readonly figures?: AccessFigures;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

interface OpenListener {
  readonly protocol: ListenerConfig['protocol'];
  readonly loadBalancerArn: string;
  readonly listener: NodeListener;
  loadBalancer: LoadBalancerConfig;
  config: ListenerConfig;
  problem: string;
}

/** The data plane that needs nothing but Node: its own HTTP/1.1 on plain sockets, TCP, UDP and TLS. */
export class NodeDataPlane implements DataPlane {
  readonly name = 'embedded';
  readonly figures: AccessFigures;
  readonly #options: NodeDataPlaneOptions;
  readonly #groups = new Map<string, NodeTargetGroup>();
  readonly #listeners = new Map<string, OpenListener>();
  readonly #retired = new Set<NodeListener>();
  readonly #draining: Draining;
  readonly #parts: PlaneParts;
  #work: Promise<void> = Promise.resolve();
  #cancelSweep: Cancel;
  #sweeps = 0;
  #closed = false;

  constructor(options: NodeDataPlaneOptions) {
    this.#options = options;
    this.figures = options.figures ?? new AccessFigures();
    this.#draining = new Draining((targets) => options.events.onDrained(targets));
    this.#parts = this.#makeParts();
    this.#cancelSweep = options.clock.after(limits.sweepMs, () => this.#sweep());
  }

  #makeParts(): PlaneParts {
    const { clock, ids, log, cookieSecret } = this.#options;
    return {
      seal: new CookieSeal(cookieSecret, limits.stickyCookies),
      ids,
      log,
      nowMs: clock.nowMs,
      group: (arn) => this.#group(arn),
      sourceOf: ({ groupArn, config }) => this.#options.placement.sourceOf(groupArn, config),
      choose: (group, { zone, tried }) =>
        group.next({ nowMs: clock.nowMs(), zone, tried, chance: () => ids.fraction() }),
      released: (target) => {
        target.inFlight -= 1;
        if (target.inFlight === 0) this.#draining.released(target);
      },
      targetRefused: (target, error) => {
        target.avoidUntilMs = clock.nowMs() + limits.avoidTargetMs;
        this.figures.of(target.groupArn).targetConnectionErrors += 1;
        log.debug('target took no connection', {
          target: `${target.config.address}:${target.config.port}`,
          error: error?.message ?? 'timeout',
        });
      },
      answered: (groupArn, status, startedMs) => {
        const figures = this.figures.of(groupArn);
        figures.requests += 1;
        figures.countTarget(status, clock.nowMs() - startedMs);
      },
    };
  }

  #group(arn: string): NodeTargetGroup {
    let group = this.#groups.get(arn);
    if (group === undefined) {
      group = new TargetGroup(
        arn,
        (config, of) => new TargetConnections(config, of, () => this.#options.placement.sourceOf(arn, config)),
      );
      this.#groups.set(arn, group);
    }
    return group;
  }

  apply(change: ConfigChange): Promise<void> {
    return this.#queue(() => this.#apply(change));
  }

  /** One thing after the other, also after one that failed. */
  #queue(act: () => Promise<void>): Promise<void> {
    const done = this.#work.then(() => (this.#closed ? undefined : act()));
    this.#work = done.catch(() => undefined); // whoever asked for it hears of it
    return done;
  }

  async #apply(change: ConfigChange): Promise<void> {
    for (const config of change.targetGroups) this.#updateGroup(config.arn, config);
    const named = new Set(change.targetGroups.map(({ arn }) => arn));
    const goneGroups = change.complete
      ? [...this.#groups.keys()].filter((arn) => !named.has(arn))
      : change.removedTargetGroups;
    for (const arn of goneGroups) this.#removeGroup(arn);
    const gone = this.#goneLoadBalancers(change);
    for (const [arn, open] of this.#listeners) if (gone.has(open.loadBalancerArn)) this.#retire(arn, open);
    for (const arn of gone) this.figures.forget(arn);
    const before = new Map([...this.#listeners].map(([arn, { problem }]) => [arn, problem]));
    for (const loadBalancer of change.loadBalancers) await this.#updateLoadBalancer(loadBalancer);
    // One may have waited for the port that another gave up only now.
    for (const open of this.#listeners.values()) if (open.problem !== '') await this.#listen(open);
    this.#say(before);
    this.#draining.sweep(this.#parts.nowMs());
  }

  /** Reports listeners that are new, or whose state is not what it was. */
  #say(before: ReadonlyMap<string, string>): void {
    const states = [...this.#listeners]
      .filter(([arn, { problem }]) => before.get(arn) !== problem)
      .map(([arn, { problem }]): ListenerState => ({ arn, problem }));
    for (const { arn, problem } of states)
      if (problem !== '') this.#options.log.warn('listener is not open', { listener: arn, problem });
    if (states.length > 0) this.#options.events.onListeners(states);
  }

  #goneLoadBalancers(change: ConfigChange): ReadonlySet<string> {
    const gone = new Set(change.removedLoadBalancers);
    if (!change.complete) return gone;
    const named = new Set(change.loadBalancers.map(({ arn }) => arn));
    for (const { loadBalancerArn } of this.#listeners.values())
      if (!named.has(loadBalancerArn)) gone.add(loadBalancerArn);
    return gone;
  }

  #updateGroup(arn: string, config: TargetGroupConfig | undefined): void {
    const { removed, draining } = this.#group(arn).update(config);
    for (const target of removed) {
      this.#draining.remove(target);
      target.carried.closeIdle();
    }
    const open = new Set<NodeTarget>(draining);
    for (const target of draining) this.#draining.add(target);
    for (const target of this.#group(arn).targets.values()) {
      if (open.has(target)) continue;
      this.#draining.remove(target);
      target.carried.reopen();
    }
    this.#endForsaken(this.#group(arn));
  }

  #endForsaken(group: NodeTargetGroup): void {
    for (const target of group.forsaken) target.carried.endFlows();
  }

  #removeGroup(arn: string): void {
    if (!this.#groups.has(arn)) return;
    this.#updateGroup(arn, undefined);
    this.figures.forget(arn);
    // Listeners look groups up by ARN for each request: one that still names this group finds an empty one.
    this.#groups.delete(arn);
  }

  async #updateLoadBalancer(loadBalancer: LoadBalancerConfig): Promise<void> {
    const wanted = new Map(loadBalancer.listeners.map((listener) => [listener.arn, listener]));
    for (const [arn, open] of this.#listeners) {
      if (open.loadBalancerArn !== loadBalancer.arn) continue;
      if (wanted.get(arn)?.protocol !== open.protocol) this.#retire(arn, open);
    }
    for (const config of loadBalancer.listeners) {
      const known = this.#listeners.get(config.arn);
      if (known === undefined) {
        const open: OpenListener = {
          protocol: config.protocol,
          loadBalancerArn: loadBalancer.arn,
          listener: createListener(this.#parts, this.figures.of(loadBalancer.arn), { loadBalancer, listener: config }),
          loadBalancer,
          config,
          problem: '',
        };
        this.#listeners.set(config.arn, open);
        await this.#listen(open);
        continue;
      }
      known.loadBalancer = loadBalancer;
      known.config = config;
      known.listener.configure(loadBalancer, config);
      await this.#listen(known);
    }
  }

  async #listen(open: OpenListener): Promise<void> {
    const { placement } = this.#options;
    const port = placement.portOf(open.config.port);
    const places = placement.addressesOf(open.loadBalancer).map((address) => ({ ...address, port }));
    open.problem = await open.listener.listenOn(places);
  }

  #retire(arn: string, open: OpenListener): void {
    this.#listeners.delete(arn);
    open.listener.retire();
    this.#retired.add(open.listener);
  }

  setHealth(changes: readonly TargetHealthChange[]): Promise<void> {
    for (const { targetGroupArn, id, port, state } of changes)
      this.#groups.get(targetGroupArn)?.setHealth(targetKey(id, port), state, this.#parts.nowMs());
    for (const arn of new Set(changes.map(({ targetGroupArn }) => targetGroupArn))) {
      const group = this.#groups.get(arn);
      if (group !== undefined) this.#endForsaken(group);
    }
    return Promise.resolve();
  }

  inFlight({ targetGroupArn, id, port }: TargetKey): number {
    return this.#groups.get(targetGroupArn)?.targets.get(targetKey(id, port))?.inFlight ?? 0;
  }

  #sweep(): void {
    if (this.#closed) return;
    const nowMs = this.#parts.nowMs();
    for (const { listener } of this.#listeners.values()) listener.sweep(nowMs);
    for (const listener of this.#retired) {
      listener.sweep(nowMs);
      if (listener.gone) this.#retired.delete(listener);
    }
    this.#draining.sweep(nowMs);
    this.#sweeps += 1;
    if (this.#sweeps % limits.reopenSweeps === 0) this.#reopen();
    this.#cancelSweep = this.#options.clock.after(limits.sweepMs, () => this.#sweep());
  }

  /** What could not listen may be able to now. */
  #reopen(): void {
    if (![...this.#listeners.values()].some(({ problem }) => problem !== '')) return;
    this.#queue(async () => {
      const before = new Map([...this.#listeners].map(([arn, { problem }]) => [arn, problem]));
      for (const open of this.#listeners.values()) if (open.problem !== '') await this.#listen(open);
      this.#say(before);
    }).catch((error: unknown) => this.#options.log.error('listeners cannot be opened', { error: messageOf(error) }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelSweep();
    await this.#work;
    for (const { listener } of this.#listeners.values()) listener.destroy();
    for (const listener of this.#retired) listener.destroy();
    for (const group of this.#groups.values()) for (const target of group.targets.values()) target.carried.closeAll();
  }
}
