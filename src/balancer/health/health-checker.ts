import type { TargetConfig, TargetGroupConfig, TargetHealth } from '../../balancer-protocol/index.ts';
import type { Cancel, Clock, Ids } from '../../kernel/index.ts';
import type { ConfigChange } from '../data-plane.ts';
import { limits } from '../limits.ts';
import { targetKey } from '../model/target-group.ts';
import { checkOnce, type CheckRequest } from './check.ts';
import { nextHealth, startingHealth, type CheckOutcome, type HealthView } from './decide.ts';

export interface HealthCheckerOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  /** The address to check a target from; undefined: any. */
  sourceOf?(targetGroupArn: string, target: TargetConfig): string | undefined;
  /** Called with each target whose state or reason changed. */
  onChange(targets: readonly TargetHealth[]): void;
  /** How a target is checked; another one in tests. */
  readonly check?: (request: CheckRequest) => Promise<CheckOutcome>;
}

interface Checked {
  readonly group: TargetGroupConfig;
  readonly target: TargetConfig;
  readonly signature: string;
  view: HealthView;
  cancel: Cancel;
  stopped: boolean;
}

const jitter = 0.1;

/** Checks the registered targets of every group, each by itself, the first time at once. */
export class HealthChecker {
  readonly #options: HealthCheckerOptions;
  readonly #groups = new Map<string, Map<string, Checked>>();
  #running = 0;
  readonly #waiting: Checked[] = [];

  constructor(options: HealthCheckerOptions) {
    this.#options = options;
  }

  /** Takes a change; what it does not touch goes on as before. */
  apply(change: ConfigChange): void {
    const named = new Set(change.targetGroups.map(({ arn }) => arn));
    const gone = change.complete
      ? [...this.#groups.keys()].filter((arn) => !named.has(arn))
      : change.removedTargetGroups;
    for (const arn of gone) this.#drop(arn);
    for (const group of change.targetGroups) this.#update(group, change.complete);
  }

  #drop(arn: string): void {
    for (const checked of this.#groups.get(arn)?.values() ?? []) stop(checked);
    this.#groups.delete(arn);
  }

  /** `allIsSaid`: whoever sent this is told the health of all targets anyway. */
  #update(group: TargetGroupConfig, allIsSaid: boolean): void {
    const before = this.#groups.get(group.arn) ?? new Map<string, Checked>();
    const after = new Map<string, Checked>();
    const changed: Checked[] = [];
    const unheard: Checked[] = [];
    for (const target of group.healthCheck === undefined ? [] : group.targets) {
      if (target.state !== 'registered') continue;
      const key = targetKey(target.id, target.port);
      const signature = JSON.stringify([target.address, group.protocolVersion, group.healthCheck]);
      const known = before.get(key);
      if (known?.signature === signature) {
        after.set(key, known);
        before.delete(key);
        // Who sent this has not heard, or takes the target for a new one.
        if (!allIsSaid && known.view.state !== target.lastHealth) unheard.push(known);
        continue;
      }
      const view = known?.target.address === target.address ? known.view : startingHealth(target.lastHealth);
      const checked: Checked = { group, target, signature, view, cancel: () => undefined, stopped: false };
      after.set(key, checked);
      changed.push(checked);
    }
    for (const checked of before.values()) stop(checked);
    this.#groups.set(group.arn, after);
    for (const checked of changed) this.#run(checked);
    this.#tell([...changed, ...unheard]);
  }

  #run(checked: Checked): void {
    if (checked.stopped) return;
    if (this.#running >= limits.healthChecksAtOnce) {
      this.#waiting.push(checked);
      return;
    }
    this.#running += 1;
    void this.#check(checked);
  }

  async #check(checked: Checked): Promise<void> {
    const { group, target } = checked;
    const { healthCheck } = group;
    if (healthCheck === undefined) return;
    const startedMs = this.#options.clock.nowMs();
    const check = this.#options.check ?? checkOnce;
    const source = this.#options.sourceOf?.(group.arn, target);
    const outcome = await check({
      target,
      check: healthCheck,
      version: group.protocolVersion,
      ...(source === undefined ? {} : { source }),
    });
    this.#running -= 1;
    this.#next();
    if (checked.stopped) return;
    const before = checked.view;
    checked.view = nextHealth(before, outcome, healthCheck);
    const { state, reason, description } = checked.view;
    if (state !== before.state || reason !== before.reason || description !== before.description) this.#tell([checked]);
    const wobble = 1 + (this.#options.ids.fraction() - 0.5) * jitter;
    const sinceMs = this.#options.clock.nowMs() - startedMs;
    checked.cancel = this.#options.clock.after(Math.max(0, healthCheck.intervalMs * wobble - sinceMs), () =>
      this.#run(checked),
    );
  }

  #next(): void {
    const checked = this.#waiting.shift();
    if (checked === undefined) return;
    if (checked.stopped) this.#next();
    else this.#run(checked);
  }

  #tell(checked: readonly Checked[]): void {
    if (checked.length > 0) this.#options.onChange(checked.map(report));
  }

  /** The health of every target that is checked. */
  all(): readonly TargetHealth[] {
    return [...this.#groups.values()].flatMap((group) => [...group.values()].map(report));
  }

  close(): void {
    for (const arn of [...this.#groups.keys()]) this.#drop(arn);
  }
}

function stop(checked: Checked): void {
  checked.stopped = true;
  checked.cancel();
}

function report({ group, target, view }: Checked): TargetHealth {
  const { state, reason, description } = view;
  return {
    targetGroupArn: group.arn,
    id: target.id,
    port: target.port,
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(description === undefined ? {} : { description }),
  };
}
