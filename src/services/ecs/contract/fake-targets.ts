import type { Transaction } from '../../../store/index.ts';
import type { Target, TargetGroupFacts, TargetGroupWeight, TargetHealthFacts, TargetRegistrar } from '../ports.ts';
import type { Scope } from '../records/scope.ts';

/** Target groups in memory; tests say what becomes of the targets. */
export class FakeTargets implements TargetRegistrar {
  readonly groups = new Map<string, TargetGroupFacts>();
  /** `arn id:port` → state. */
  readonly states = new Map<string, TargetHealthFacts>();
  readonly #listeners = new Set<(arn: string) => void>();

  /** By rule or listener. */
  readonly rules = new Map<string, readonly TargetGroupWeight[]>();

  /** Adds a group behind a load balancer. @returns its ARN */
  addGroup(name: string, targetType: TargetGroupFacts['targetType'], patch: Partial<TargetGroupFacts> = {}): string {
    const arn = `arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/${name}/1`;
    this.groups.set(arn, { arn, targetType, protocol: 'HTTP', vpcId: 'vpc-1', loadBalancerArns: ['lb'], ...patch });
    return arn;
  }

  /** What the data plane finds out; undefined: the target has left. */
  set(arn: string, target: Target, health: TargetHealthFacts | undefined): void {
    if (health === undefined) this.states.delete(nameOf(arn, target));
    else this.states.set(nameOf(arn, target), health);
    for (const listener of this.#listeners) listener(arn);
  }

  targetGroup(_scope: Scope, arn: string): TargetGroupFacts | undefined {
    return this.groups.get(arn);
  }

  register(_tx: Transaction, _scope: Scope, arn: string, targets: readonly Target[]): void {
    for (const target of targets) {
      const state = this.states.get(nameOf(arn, target))?.state;
      if (state === undefined || state === 'draining') this.states.set(nameOf(arn, target), { state: 'initial' });
    }
  }

  deregister(_tx: Transaction, _scope: Scope, arn: string, targets: readonly Target[]): void {
    for (const target of targets)
      if (this.states.has(nameOf(arn, target))) this.states.set(nameOf(arn, target), { state: 'draining' });
  }

  health(_scope: Scope, arn: string, target: Target): TargetHealthFacts | undefined {
    return this.states.get(nameOf(arn, target));
  }

  onTargetsChanged(listener: (arn: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  weights(_scope: Scope, ruleArn: string): readonly TargetGroupWeight[] | undefined {
    return this.rules.get(ruleArn);
  }

  setWeights(_tx: Transaction, _scope: Scope, ruleArn: string, weights: readonly TargetGroupWeight[]): void {
    const merged = new Map((this.rules.get(ruleArn) ?? []).map((one) => [one.targetGroupArn, one.weight]));
    for (const { targetGroupArn, weight } of weights) merged.set(targetGroupArn, weight);
    this.rules.set(
      ruleArn,
      [...merged].map(([targetGroupArn, weight]) => ({ targetGroupArn, weight })),
    );
  }
}

function nameOf(arn: string, { id, port }: Target): string {
  return `${arn} ${id}:${port}`;
}
