import type { TargetConfig, TargetGroupConfig, TargetHealthState } from '../../balancer-protocol/index.ts';

/** A target as a data plane sees it; `C` is what it keeps of its own for each, such as pooled connections. */
export interface Target<C> {
  readonly key: string;
  readonly groupArn: string;
  config: TargetConfig;
  health: TargetHealthState;
  /** When it became healthy; undefined: before this data plane knew it, so that it is not slowed down. */
  healthySinceMs: number | undefined;
  inFlight: number;
  /** Gets nothing before this when there is another, because it did not take a connection. */
  avoidUntilMs: number;
  /** It is in the configuration; otherwise only what is in flight keeps it. */
  present: boolean;
  drainedReported: boolean;
  readonly carried: C;
}

export type CarriedFor<C> = (config: TargetConfig, group: TargetGroupConfig) => C;

export function targetKey(id: string, port: number): string {
  return `${id}:${port}`;
}

/** Targets that an accepted configuration change took away or moved to draining. */
export interface GroupChange<C> {
  readonly removed: readonly Target<C>[];
  readonly draining: readonly Target<C>[];
}

/**
 * One target group: which targets may get something new, and whose turn it is. The lists are made anew when configuration or health changes, so that
 * a request costs one step.
 */
export class TargetGroup<C> {
  readonly arn: string;
  config: TargetGroupConfig | undefined;
  readonly targets = new Map<string, Target<C>>();
  #eligible: readonly Target<C>[] = [];
  #byZone: ReadonlyMap<string, readonly Target<C>[]> = new Map();
  #turn = 0;
  #slowUntilMs = 0;
  readonly #carriedFor: CarriedFor<C>;

  constructor(arn: string, carriedFor: CarriedFor<C>) {
    this.arn = arn;
    this.#carriedFor = carriedFor;
  }

  /** Takes the configuration; undefined: the group is gone. */
  update(config: TargetGroupConfig | undefined): GroupChange<C> {
    this.config = config;
    const draining: Target<C>[] = [];
    const present = new Set<string>();
    for (const one of config?.targets ?? []) {
      const key = targetKey(one.id, one.port);
      present.add(key);
      const known = this.targets.get(key);
      const target = known?.config.address === one.address ? known : this.#add(key, one);
      if (one.state === 'registered') target.drainedReported = false;
      else draining.push(target);
      target.config = one;
    }
    const removed: Target<C>[] = [];
    for (const [key, target] of this.targets) {
      if (present.has(key)) continue;
      target.present = false;
      this.targets.delete(key);
      removed.push(target);
    }
    this.#choose();
    return { removed, draining };
  }

  #add(key: string, config: TargetConfig): Target<C> {
    const checked = this.config?.healthCheck !== undefined;
    const target: Target<C> = {
      key,
      groupArn: this.arn,
      config,
      health: checked ? config.lastHealth : 'healthy',
      healthySinceMs: undefined,
      inFlight: 0,
      avoidUntilMs: 0,
      present: true,
      drainedReported: false,
      carried: this.#carriedFor(config, this.config as TargetGroupConfig),
    };
    this.targets.set(key, target);
    return target;
  }

  setHealth(key: string, state: TargetHealthState, nowMs: number): void {
    const target = this.targets.get(key);
    if (target === undefined || target.health === state) return;
    if (state === 'healthy') target.healthySinceMs = nowMs;
    target.health = state;
    this.#choose();
  }

  /** Registered targets that are healthy, or all registered ones when none is (fail open). */
  get eligible(): readonly Target<C>[] {
    return this.#eligible;
  }

  /**
   * Targets that connections are not left with (network load balancers): unhealthy, while there is a healthy one. When there is none the group fails
   * open, and keeps them. https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
   */
  get forsaken(): readonly Target<C>[] {
    if (this.config?.closeOnUnhealthy !== true || this.#eligible[0]?.health !== 'healthy') return [];
    return [...this.targets.values()].filter(
      ({ config, health }) => config.state === 'registered' && health === 'unhealthy',
    );
  }

  #choose(): void {
    const registered = [...this.targets.values()].filter(({ config }) => config.state === 'registered');
    const healthy = registered.filter(({ health }) => health === 'healthy');
    this.#eligible = healthy.length > 0 ? healthy : registered;
    const byZone = new Map<string, Target<C>[]>();
    for (const target of this.#eligible) {
      const { zone } = target.config;
      if (zone === undefined) continue;
      const others = byZone.get(zone);
      if (others === undefined) byZone.set(zone, [target]);
      else others.push(target);
    }
    this.#byZone = byZone;
    const slowStartMs = this.config?.slowStartMs ?? 0;
    this.#slowUntilMs =
      slowStartMs === 0
        ? 0
        : Math.max(0, ...this.#eligible.map((one) => (one.healthySinceMs ?? -Infinity) + slowStartMs));
  }

  /**
   * Whose turn it is; undefined when there is no target, or all were tried. `zone`: only targets of this zone where it has some.
   * `chance` is a random number in [0, 1), used while targets are in slow start.
   */
  next(choice: {
    readonly nowMs: number;
    readonly zone?: string | undefined;
    readonly tried?: ReadonlySet<Target<C>> | undefined;
    chance(): number;
  }): Target<C> | undefined {
    const { nowMs, zone, tried } = choice;
    const list = (zone === undefined ? undefined : this.#byZone.get(zone)) ?? this.#eligible;
    if (list.length === 0) return undefined;
    const usable = (target: Target<C>): boolean => tried === undefined || !tried.has(target);
    const wanted = (target: Target<C>): boolean => target.avoidUntilMs <= nowMs && usable(target);
    if (this.#slowUntilMs > nowMs && this.config?.algorithm !== 'least_outstanding_requests') {
      const slow = this.#slowChoice(list.filter(wanted), nowMs, choice.chance());
      if (slow !== undefined) return slow;
    }
    return this.#inTurn(list, wanted) ?? this.#inTurn(list, usable);
  }

  /** The target that a client's address always comes to while the targets stay the same; few clients move when they change. */
  forSource(address: string, tried?: ReadonlySet<Target<C>>): Target<C> | undefined {
    let best: Target<C> | undefined;
    let highest = -1;
    for (const target of this.#eligible) {
      if (tried?.has(target) === true) continue;
      const score = hash(`${address} ${target.key}`);
      if (score <= highest) continue;
      highest = score;
      best = target;
    }
    return best;
  }

  #inTurn(list: readonly Target<C>[], allowed: (target: Target<C>) => boolean): Target<C> | undefined {
    const least = this.config?.algorithm === 'least_outstanding_requests';
    this.#turn = (this.#turn + 1) % list.length;
    let best: Target<C> | undefined;
    for (let step = 0; step < list.length; step += 1) {
      const target = list[(this.#turn + step) % list.length];
      if (target === undefined || !allowed(target)) continue;
      if (!least) {
        this.#turn = (this.#turn + step) % list.length;
        return target;
      }
      if (best === undefined || target.inFlight < best.inFlight) best = target;
    }
    return best;
  }

  /** A target's share grows in a straight line over its slow start. */
  #slowChoice(list: readonly Target<C>[], nowMs: number, chance: number): Target<C> | undefined {
    const slowStartMs = this.config?.slowStartMs ?? 0;
    const shares = list.map(({ healthySinceMs }) =>
      healthySinceMs === undefined
        ? 1
        : Math.min(1, Math.max(smallestShare, (nowMs - healthySinceMs) / Math.max(1, slowStartMs))),
    );
    let rest = chance * shares.reduce((sum, share) => sum + share, 0);
    for (const [index, share] of shares.entries()) {
      rest -= share;
      if (rest < 0) return list[index];
    }
    return list.at(-1);
  }
}

const smallestShare = 0.05;

/** FNV-1a with a final mix, so that texts that differ in one character are far apart. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  return (value ^ (value >>> 15)) >>> 0;
}
