import type { Database, TableSpec, Transaction } from '../store/index.ts';
import type {
  Target,
  TargetGroupFacts,
  TargetGroupWeight,
  TargetHealthFacts,
  TargetRegistrar,
} from '../services/ecs/index.ts';

/** A target of a simulated load balancer, as Elastic Load Balancing keeps it. */
export interface SimTarget {
  readonly group: string;
  readonly id: string;
  readonly port: number;
  readonly state: TargetHealthFacts['state'];
}

export const simTargets: TableSpec<SimTarget, never> = { prefix: '/sim/target/', indexes: {} };

export function simTargetKey(group: string, { id, port }: Pick<Target, 'id' | 'port'>): string {
  return `${simTargets.prefix}${group.slice(group.lastIndexOf('/') + 1)}/${id}:${port}`;
}

/** The two groups of addresses of one service, and the rule that forwards to them. */
export function simPair(service: string): { readonly groups: readonly [string, string]; readonly rule: string } {
  const arn = 'arn:aws:elasticloadbalancing:us-east-1:123456789012';
  return {
    groups: [`${arn}:targetgroup/sim/${service}-one`, `${arn}:targetgroup/sim/${service}-two`],
    rule: `${arn}:listener-rule/sim/${service}`,
  };
}

/** A rule's weights, once they were changed. */
export interface SimRule {
  readonly arn: string;
  readonly weights: readonly TargetGroupWeight[];
}

export const simRules: TableSpec<SimRule, never> = { prefix: '/sim/rule/', indexes: {} };

export function simRuleKey(arn: string): string {
  return `${simRules.prefix}${serviceNamed(arn)}`;
}

function serviceNamed(ruleArn: string): string {
  return ruleArn.slice(ruleArn.lastIndexOf('/') + 1);
}

/** Before anybody changed it, a rule sends everything to the first group. */
export function initialWeights(ruleArn: string): readonly TargetGroupWeight[] {
  const [one, two] = simPair(serviceNamed(ruleArn)).groups;
  return [
    { targetGroupArn: one, weight: 100 },
    { targetGroupArn: two, weight: 0 },
  ];
}

/** The part of Elastic Load Balancing that ECS sees, over rows; a `SimBalancer` moves them on. */
export function simTargetRegistrar(db: Database): TargetRegistrar {
  const put = (tx: Transaction, group: string, target: SimTarget): void =>
    tx.put(simTargets, simTargetKey(group, target), target);
  return {
    targetGroup: (_scope, arn) => factsOf(arn),
    register(tx, _scope, group, targets) {
      for (const target of targets) {
        const known = tx.get(simTargets, simTargetKey(group, target));
        if (known === undefined || known.state === 'draining')
          put(tx, group, { group, id: target.id, port: target.port, state: 'initial' });
      }
    },
    deregister(tx, _scope, group, targets) {
      for (const target of targets) {
        const known = tx.get(simTargets, simTargetKey(group, target));
        if (known !== undefined && known.state !== 'draining') put(tx, group, { ...known, state: 'draining' });
      }
    },
    health(_scope, group, target) {
      const row = db.get(simTargets, simTargetKey(group, target))?.row;
      return row === undefined ? undefined : { state: row.state };
    },
    onTargetsChanged: (listener) =>
      db.table(simTargets).onChange(({ before, after }) => listener((after ?? before)?.group ?? '')),
    weights: (_scope, arn) => db.get(simRules, simRuleKey(arn))?.row.weights ?? initialWeights(arn),
    setWeights(tx, _scope, arn, weights) {
      tx.get(simRules, simRuleKey(arn));
      tx.put(simRules, simRuleKey(arn), { arn, weights });
    },
  };
}

function factsOf(arn: string): TargetGroupFacts {
  return { arn, targetType: 'ip', protocol: 'HTTP', vpcId: 'vpc-sim', loadBalancerArns: ['sim'] };
}
