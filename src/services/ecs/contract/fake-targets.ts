import type { Target, TargetGroupFacts, TargetGroupWeight, TargetHealthFacts, TargetRegistrar } from '../ports.ts';

/** Target groups in memory; tests say what is healthy. */
export class FakeTargets implements TargetRegistrar {
  readonly groups = new Map<string, TargetGroupFacts>();
  /** By group, then `id:port`. */
  readonly registered = new Map<string, Map<string, TargetHealthFacts>>();
  readonly rules = new Map<string, readonly TargetGroupWeight[]>();
  readonly #listeners = new Set<(targetGroupArn: string) => void>();

  /** Adds a group behind a load balancer. @returns its ARN */
  add(name: string, patch: Partial<TargetGroupFacts> = {}): string {
    const arn = `arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/${name}/0123456789abcdef`;
    const loadBalancerArns = [
      'arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/lb/0123456789abcdef',
    ];
    this.groups.set(arn, { arn, targetType: 'ip', protocol: 'HTTP', vpcId: 'vpc-1', loadBalancerArns, ...patch });
    return arn;
  }

  targetGroup(_scope: unknown, arn: string): TargetGroupFacts | undefined {
    return this.groups.get(arn);
  }

  register(_tx: unknown, _scope: unknown, arn: string, targets: readonly Target[]): void {
    const group = this.registered.get(arn) ?? new Map<string, TargetHealthFacts>();
    this.registered.set(arn, group);
    for (const { id, port } of targets) {
      const key = `${id}:${port}`;
      if ((group.get(key)?.state ?? 'draining') === 'draining') group.set(key, { state: 'initial' });
    }
  }

  deregister(_tx: unknown, _scope: unknown, arn: string, targets: readonly Target[]): void {
    const group = this.registered.get(arn);
    for (const { id, port } of targets)
      if (group?.has(`${id}:${port}`) === true) group.set(`${id}:${port}`, { state: 'draining' });
  }

  health(_scope: unknown, arn: string, { id, port }: Target): TargetHealthFacts | undefined {
    return this.registered.get(arn)?.get(`${id}:${port}`);
  }

  /** What the load balancer would report; undefined: the target has left. */
  report(arn: string, target: Target, health: TargetHealthFacts | undefined): void {
    const key = `${target.id}:${target.port}`;
    if (health === undefined) this.registered.get(arn)?.delete(key);
    else this.registered.get(arn)?.set(key, health);
    for (const listener of this.#listeners) listener(arn);
  }

  onTargetsChanged(listener: (targetGroupArn: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  weights(_scope: unknown, ruleArn: string): readonly TargetGroupWeight[] | undefined {
    return this.rules.get(ruleArn);
  }

  setWeights(_tx: unknown, _scope: unknown, ruleArn: string, weights: readonly TargetGroupWeight[]): void {
    this.rules.set(ruleArn, weights);
  }
}
