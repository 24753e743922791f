import { targetGroupsOf, type ServiceRevisionRecord } from '../records/service-revision.ts';
import type { Pair } from './traffic.ts';

/** A listener or rule whose traffic is shifted between the two target groups of a pair. */
export interface ShiftedRule {
  readonly ruleArn: string;
  readonly kind: 'production' | 'test';
  readonly pair: Pair;
}

/** The rules that send traffic to a revision's tasks by a pair of groups. */
export function rulesOf(revision: ServiceRevisionRecord): readonly ShiftedRule[] {
  const groups = targetGroupsOf(revision);
  return revision.loadBalancers.flatMap(({ targetGroupArn, advancedConfiguration: advanced }, index): ShiftedRule[] => {
    const { alternateTargetGroupArn, productionListenerRule, testListenerRule } = advanced ?? {};
    const to = groups[index];
    if (targetGroupArn === undefined || alternateTargetGroupArn === undefined || to === undefined) return [];
    const pair = { to, from: to === targetGroupArn ? alternateTargetGroupArn : targetGroupArn };
    return [
      ...(productionListenerRule === undefined
        ? []
        : [{ ruleArn: productionListenerRule, kind: 'production' as const, pair }]),
      ...(testListenerRule === undefined ? [] : [{ ruleArn: testListenerRule, kind: 'test' as const, pair }]),
    ];
  });
}

/** Do two revisions have targets, and none in the same group? Then traffic for the one never reaches the other. */
export function areApart(one: ServiceRevisionRecord, other: ServiceRevisionRecord): boolean {
  const left = new Set(targetGroupsOf(one));
  const right = targetGroupsOf(other);
  return left.size > 0 && right.length > 0 && right.every((arn) => !left.has(arn));
}
