import { scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { resourceInUse } from '../errors.ts';
import { targetGroupKey, targetGroups } from '../records/target-group.ts';
import { findTargetGroup } from '../references.ts';
import { isInUse } from '../target-groups/uses.ts';

/**
 * Deletes a target group; its targets follow (see targets/targets-controller). No error when it is gone.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteTargetGroup.html
 */
export function deleteTargetGroup({ db }: Elbv2Deps): Elbv2Handler<'DeleteTargetGroup'> {
  return async ({ TargetGroupArn: arn }, context) => {
    await db.transact((tx) => {
      // Whoever begins to use the group writes its record, which refuses this transaction.
      const row = findTargetGroup(tx, scopeOf(context), arn);
      if (row === undefined) return;
      if (isInUse(db, arn)) throw resourceInUse(`Target group '${arn}' is currently in use by a listener or a rule`);
      tx.delete(targetGroups, targetGroupKey(row, row.name));
    });
    return {};
  };
}
