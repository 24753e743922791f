import { scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { targetGroupKey, targetGroups } from '../records/target-group.ts';
import { neededTargetGroup } from '../references.ts';
import { describedTargetGroup } from '../target-groups/described.ts';
import { healthCheckOf } from '../target-groups/health-check.ts';

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroup.html */
export function modifyTargetGroup({ db }: Elbv2Deps): Elbv2Handler<'ModifyTargetGroup'> {
  return async (input, context) => {
    const { result } = await db.transact((tx) => {
      const row = neededTargetGroup(tx, scopeOf(context), input.TargetGroupArn);
      const next = { ...row, healthCheck: healthCheckOf(row, input, row.healthCheck) };
      tx.put(targetGroups, targetGroupKey(row, row.name), next);
      return next;
    });
    return { TargetGroups: [describedTargetGroup(db, result)] };
  };
}
