import type { TargetKey } from '../data-plane.ts';
import type { NodeTarget } from './plane-parts.ts';

/** Follows targets that are draining until nothing is in flight to them, or their time is up. */
export class Draining {
  readonly #targets = new Set<NodeTarget>();
  readonly #report: (targets: readonly TargetKey[]) => void;

  constructor(report: (targets: readonly TargetKey[]) => void) {
    this.#report = report;
  }

  add(target: NodeTarget): void {
    target.carried.closeIdle();
    if (!target.drainedReported) this.#targets.add(target);
  }

  /** It is registered again, or gone. */
  remove(target: NodeTarget): void {
    this.#targets.delete(target);
  }

  /** Something in flight at a target ended. */
  released(target: NodeTarget): void {
    if (target.inFlight === 0 && this.#targets.has(target)) this.#done([target]);
  }

  /** Reports those that are idle already, and ends those whose deadline is over. */
  sweep(nowMs: number): void {
    if (this.#targets.size === 0) return;
    const done: NodeTarget[] = [];
    for (const target of this.#targets) {
      const { drainDeadlineMs } = target.config;
      const late = drainDeadlineMs !== undefined && drainDeadlineMs <= nowMs;
      if (!late && target.inFlight > 0) continue;
      done.push(target);
      // First, because what ends at once says that the target is idle.
      this.#targets.delete(target);
      if (late) target.carried.deadline();
    }
    this.#done(done);
  }

  #done(targets: readonly NodeTarget[]): void {
    if (targets.length === 0) return;
    for (const target of targets) {
      target.drainedReported = true;
      this.#targets.delete(target);
    }
    this.#report(
      targets.map(({ groupArn, config }) => ({ targetGroupArn: groupArn, id: config.id, port: config.port })),
    );
  }
}
