import type { LoadBalancerConfig, TargetGroupConfig } from '../../balancer-protocol/index.ts';
import type { Cancel } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import { AccessFigures } from '../access-figures.ts';
import type { ConfigChange, DataPlane, ListenerState, TargetHealthChange, TargetKey } from '../data-plane.ts';
import { limits } from '../limits.ts';
import { TargetGroup, targetKey } from '../model/target-group.ts';
import { NodeDataPlane, type NodeDataPlaneOptions } from '../node/node-data-plane.ts';
import { assign, refusalKey, type Assignment } from './assignment.ts';
import { HaproxyListeners } from './haproxy-listeners.ts';
import { InFlight } from './in-flight.ts';
import { serverName } from './servers.ts';

export interface HaproxyDataPlaneOptions extends Omit<NodeDataPlaneOptions, 'figures'> {
  /** The HAProxy to run; see `findHaproxy`. */
  readonly program: string;
  /** For configurations, keys and sockets; nobody else may read it. A short path: sockets are in it. */
  readonly directory: string;
  /** Threads of HAProxy; 0: as many as it likes. */
  readonly threads?: number;
}

/**
 * HAProxy, and beside it the embedded data plane for the listeners that HAProxy cannot carry as the contract says. Health is decided outside, as for
 * every data plane; HAProxy checks nothing.
 */
export class HaproxyDataPlane implements DataPlane {
  readonly name = 'haproxy';
  readonly figures: AccessFigures = new AccessFigures();
  readonly #options: HaproxyDataPlaneOptions;
  readonly #embedded: NodeDataPlane;
  readonly #listeners: HaproxyListeners;
  readonly #inFlight: InFlight;
  readonly #loadBalancers = new Map<string, LoadBalancerConfig>();
  readonly #groups = new Map<string, TargetGroup<null>>();
  readonly #assignments = new Map<string, Assignment>();
  readonly #refused = new Map<string, string>();
  #work: Promise<void> = Promise.resolve();
  #cancelSweep: Cancel;
  #sweeps = 0;
  #restartMs: number = limits.haproxyRestartFirstMs;
  #closed = false;

  constructor(options: HaproxyDataPlaneOptions) {
    this.#options = options;
    const { events, clock } = options;
    this.#embedded = new NodeDataPlane({
      ...options,
      figures: this.figures,
      events: { ...events, onDrained: (targets) => this.#inFlight.embeddedIdle(targets) },
    });
    this.#listeners = new HaproxyListeners({
      ...options,
      threads: options.threads ?? 0,
      figures: this.figures,
      group: (arn) => this.#groups.get(arn),
      onCrash: () => this.#onCrash(),
    });
    this.#inFlight = new InFlight({
      listeners: this.#listeners,
      group: (arn) => this.#groups.get(arn),
      onDrained: (targets) => events.onDrained(targets),
      nowMs: clock.nowMs,
    });
    this.#cancelSweep = clock.after(limits.haproxySweepMs, () => this.#sweep());
  }

  apply(change: ConfigChange): Promise<void> {
    return this.#queue(() => this.#apply(change));
  }

  /** One thing after the other. */
  #queue(act: () => Promise<void>): Promise<void> {
    const done = this.#work.then(() => (this.#closed ? undefined : act()));
    this.#work = done.catch((error: unknown) =>
      this.#options.log.error('HAProxy could not be told', { error: messageOf(error) }),
    );
    return done;
  }

  async #apply(change: ConfigChange): Promise<void> {
    this.#take(change);
    const touched = new Set(change.loadBalancers.map(({ arn }) => arn));
    let leaves = this.#reassign(touched);
    const embedded = (): Promise<void> => this.#embedded.apply(this.#embeddedChange(change, touched));
    // Whoever gives up a port does it first.
    if (!leaves) await embedded();
    const refused = await this.#serve();
    if (refused) {
      leaves = this.#reassign(touched) || leaves;
      await this.#serve();
    }
    if (leaves || refused) await embedded();
    await this.#endForsaken(change.targetGroups.map(({ arn }) => arn));
    await this.#inFlight.sweep();
  }

  #take(change: ConfigChange): void {
    const gone = (
      known: Iterable<string>,
      named: readonly { readonly arn: string }[],
      removed: readonly string[],
    ): readonly string[] => {
      if (!change.complete) return removed;
      const kept = new Set(named.map(({ arn }) => arn));
      return [...known].filter((arn) => !kept.has(arn));
    };
    for (const arn of gone(this.#loadBalancers.keys(), change.loadBalancers, change.removedLoadBalancers)) {
      this.#loadBalancers.delete(arn);
      this.#assignments.delete(arn);
    }
    for (const one of change.loadBalancers) this.#loadBalancers.set(one.arn, one);
    for (const config of change.targetGroups) this.#updateGroup(config.arn, config);
    for (const arn of gone(this.#groups.keys(), change.targetGroups, change.removedTargetGroups)) {
      this.#updateGroup(arn, undefined);
      this.#groups.delete(arn);
    }
  }

  #updateGroup(arn: string, config: TargetGroupConfig | undefined): void {
    let group = this.#groups.get(arn);
    if (group === undefined) {
      if (config === undefined) return;
      group = new TargetGroup<null>(arn, () => null);
      this.#groups.set(arn, group);
    }
    this.#inFlight.follow(group, group.update(config));
  }

  /** Decides who carries what. @returns whether HAProxy gives a listener up; adds load balancers whose listeners moved */
  #reassign(touched: Set<string>): boolean {
    const configs = new Map(
      [...this.#groups].flatMap(([arn, { config }]) => (config === undefined ? [] : [[arn, config] as const])),
    );
    let leaves = false;
    for (const [arn, loadBalancer] of this.#loadBalancers) {
      const before = this.#assignments.get(arn);
      const now = assign(loadBalancer, configs, this.#refused);
      this.#assignments.set(arn, now);
      const had = new Set(before?.haproxy.map((one) => one.arn));
      if (now.embedded.some((one) => had.has(one.arn))) leaves = true;
      for (const [listener, reason] of now.reasons) {
        if (before?.reasons.get(listener) === reason) continue;
        touched.add(arn);
        this.#options.log.info('the embedded data plane carries a listener', { listener, reason });
      }
      if (before?.embedded.some((one) => now.reasons.get(one.arn) === undefined) === true) touched.add(arn);
    }
    return leaves;
  }

  #embeddedChange(change: ConfigChange, touched: ReadonlySet<string>): ConfigChange {
    const loadBalancers = [...touched].flatMap((arn) => {
      const loadBalancer = this.#loadBalancers.get(arn);
      return loadBalancer === undefined
        ? []
        : [{ ...loadBalancer, listeners: this.#assignments.get(arn)?.embedded ?? [] }];
    });
    return { ...change, loadBalancers };
  }

  /** @returns whether HAProxy refused something, which the embedded data plane must carry instead */
  async #serve(): Promise<boolean> {
    const carried = [...this.#loadBalancers.values()].map((loadBalancer) => ({
      loadBalancer,
      listeners: this.#assignments.get(loadBalancer.arn)?.haproxy ?? [],
    }));
    const { states, refused } = await this.#listeners.serve(carried);
    this.#say(states);
    for (const { loadBalancer, listener } of refused)
      this.#refused.set(listener.arn, refusalKey(loadBalancer, listener));
    return refused.length > 0;
  }

  #say(states: readonly ListenerState[]): void {
    if (states.length > 0) this.#options.events.onListeners(states);
  }

  async setHealth(changes: readonly TargetHealthChange[]): Promise<void> {
    await this.#embedded.setHealth(changes);
    for (const { targetGroupArn, id, port, state } of changes)
      this.#groups.get(targetGroupArn)?.setHealth(targetKey(id, port), state, this.#options.clock.nowMs());
    await this.#queue(async () => {
      await this.#listeners.setServers();
      await this.#endForsaken(new Set(changes.map(({ targetGroupArn }) => targetGroupArn)));
    });
  }

  async #endForsaken(groupArns: Iterable<string>): Promise<void> {
    for (const arn of groupArns)
      for (const target of this.#groups.get(arn)?.forsaken ?? [])
        await this.#listeners.endAll(arn, serverName(target, this.#listeners.names));
  }

  inFlight(target: TargetKey): number {
    return this.#embedded.inFlight(target) + this.#inFlight.of(target);
  }

  #sweep(): void {
    this.#sweeps += 1;
    const turn = this.#sweeps;
    const reopen = turn % Math.round((limits.reopenSweeps * limits.sweepMs) / limits.haproxySweepMs) === 0;
    this.#queue(async () => {
      await this.#inFlight.sweep();
      await this.#listeners.sweep();
      if (turn % limits.haproxyFigureSweeps === 0) await this.#listeners.readFigures();
      if (reopen && this.#listeners.hasProblems) await this.#serve();
    })
      .catch(() => undefined)
      .finally(() => {
        if (!this.#closed) this.#cancelSweep = this.#options.clock.after(limits.haproxySweepMs, () => this.#sweep());
      });
  }

  /** HAProxy ended by itself: another takes its place with the present configuration, after a pause that grows. */
  #onCrash(): void {
    const pauseMs = this.#restartMs;
    this.#restartMs = Math.min(pauseMs * 2, limits.haproxyRestartLongestMs);
    this.#options.clock.after(pauseMs, () => {
      this.#queue(async () => {
        if (await this.#serve()) throw new Error('HAProxy does not start with the configuration that it had');
        this.#restartMs = limits.haproxyRestartFirstMs;
      }).catch(() => this.#onCrash());
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelSweep();
    await this.#work;
    this.#listeners.close();
    await this.#embedded.close();
  }
}
