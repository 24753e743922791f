import type { BalancerReport, ConfigMessage } from '../../balancer-protocol/index.ts';
import type { ListenerState, TargetKey } from '../data-plane.ts';

/** What was reported of listeners and drained targets and is still so: a new connection is told all of it. */
export class Reported {
  readonly #drained = new Map<string, TargetKey>();
  readonly #listeners = new Map<string, ListenerState & { loadBalancerArn?: string }>();
  readonly #loadBalancerOf = new Map<string, string>();

  /** Forgets what a configuration took away. */
  configured(message: ConfigMessage): void {
    const draining = new Set<string>();
    const known = new Set(message.targetGroups.map(({ arn }) => arn));
    for (const { arn, targets } of message.targetGroups)
      for (const { id, port, state } of targets)
        if (state === 'draining') draining.add(keyOf({ targetGroupArn: arn, id, port }));
    const removed = new Set(message.removedTargetGroups);
    for (const [key, { targetGroupArn }] of this.#drained) {
      const named = known.has(targetGroupArn);
      if (removed.has(targetGroupArn) || (named && !draining.has(key)) || (!named && message.complete))
        this.#drained.delete(key);
    }
    this.#forgetListeners(message);
  }

  #forgetListeners(message: ConfigMessage): void {
    const present = new Set<string>();
    const named = new Set(message.loadBalancers.map(({ arn }) => arn));
    for (const { arn, listeners } of message.loadBalancers) {
      for (const listener of listeners) {
        present.add(listener.arn);
        this.#loadBalancerOf.set(listener.arn, arn);
      }
    }
    const removed = new Set(message.removedLoadBalancers);
    for (const [arn, owner] of this.#loadBalancerOf) {
      if (present.has(arn)) continue;
      if (!message.complete && !named.has(owner) && !removed.has(owner)) continue;
      this.#loadBalancerOf.delete(arn);
      this.#listeners.delete(arn);
    }
  }

  /** Targets that were reported, and that a message says are draining still: who sent it has not heard, or takes them for draining again. */
  unheard({ targetGroups }: ConfigMessage): readonly TargetKey[] {
    return targetGroups.flatMap(({ arn: targetGroupArn, targets }) =>
      targets
        .filter(({ state, id, port }) => state === 'draining' && this.#drained.has(keyOf({ targetGroupArn, id, port })))
        .map(({ id, port }) => ({ targetGroupArn, id, port })),
    );
  }

  drained(targets: readonly TargetKey[]): void {
    for (const target of targets) this.#drained.set(keyOf(target), target);
  }

  listeners(states: readonly ListenerState[]): void {
    for (const state of states) this.#listeners.set(state.arn, state);
  }

  all(): readonly BalancerReport[] {
    const reports: BalancerReport[] = [];
    if (this.#listeners.size > 0) reports.push({ type: 'listeners', listeners: [...this.#listeners.values()] });
    if (this.#drained.size > 0) reports.push({ type: 'drained', targets: [...this.#drained.values()] });
    return reports;
  }
}

function keyOf({ targetGroupArn, id, port }: TargetKey): string {
  return `${targetGroupArn} ${id} ${port}`;
}
