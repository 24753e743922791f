import type { Database, TableSpec, Transaction } from '../store/index.ts';
import type { Target, TargetGroupFacts, TargetHealthFacts, TargetRegistrar } from '../services/ecs/index.ts';

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

/** Two groups for everybody. */
export const simGroups = {
  ip: 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/sim/ip',
  instance: 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/sim/instance',
} as const;

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
    weights: () => undefined,
    setWeights: () => undefined,
  };
}

function factsOf(arn: string): TargetGroupFacts | undefined {
  const targetType = arn === simGroups.ip ? 'ip' : arn === simGroups.instance ? 'instance' : undefined;
  if (targetType === undefined) return undefined;
  return { arn, targetType, protocol: 'HTTP', vpcId: 'vpc-sim', loadBalancerArns: [] };
}
