import type { Database } from '../../../store/index.ts';
import { presentRows } from '../core.ts';
import type { TargetHealthFacts } from '../offers.ts';
import { parseLoadBalancerArn } from '../records/load-balancer.ts';
import type { TargetRecord } from '../records/target.ts';
import { loadBalancerOf } from '../references.ts';
import { loadBalancersOf } from '../target-groups/uses.ts';

/** What a group's load balancer means for the health of its targets. */
export interface GroupUse {
  /** A listener or rule leads to the group. */
  readonly isInUse: boolean;
  /** The zones of the load balancers that lead to it. */
  readonly zones: ReadonlySet<string>;
}

export function groupUse(db: Database, targetGroupArn: string): GroupUse {
  const arns = loadBalancersOf(db, targetGroupArn);
  const rows = presentRows(db);
  const zones = arns.flatMap((arn) => {
    const name = parseLoadBalancerArn(arn);
    const row = name && loadBalancerOf(rows, name);
    return row?.zones.map(({ zone }) => zone) ?? [];
  });
  return { isInUse: arns.length > 0, zones: new Set(zones) };
}

/** A target in a zone that its load balancer is not in gets no traffic. */
export function isReachable({ zone }: Pick<TargetRecord, 'zone'>, { zones }: GroupUse): boolean {
  return zone === undefined || zones.has(zone);
}

/**
 * A target's health as it is shown.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
 */
export function shownHealth(target: TargetRecord, use: GroupUse): TargetHealthFacts {
  if (!use.isInUse) {
    return {
      state: 'unused',
      reason: 'Target.NotInUse',
      description: 'Target group is not configured to receive traffic from the load balancer',
    };
  }
  if (target.state === 'draining') {
    return {
      state: 'draining',
      reason: 'Target.DeregistrationInProgress',
      description: 'Target deregistration is in progress',
    };
  }
  if (!isReachable(target, use)) {
    return {
      state: 'unused',
      reason: 'Target.NotInUse',
      description: 'Target is in an Availability Zone that is not enabled for the load balancer',
    };
  }
  return target.health;
}

/** What is shown of a target that is not there. */
export const notRegistered: TargetHealthFacts = {
  state: 'unused',
  reason: 'Target.NotRegistered',
  description: 'Target is not registered to the target group',
};
