import { modifiedAttributes, shownAttributes } from '../attributes.ts';
import { presentRows, scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { targetGroupKey, targetGroups } from '../records/target-group.ts';
import { neededTargetGroup } from '../references.ts';
import { checkTogether, targetGroupAttributes } from '../target-groups/attributes.ts';

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetGroupAttributes.html */
export function describeTargetGroupAttributes({ db }: Elbv2Deps): Elbv2Handler<'DescribeTargetGroupAttributes'> {
  return ({ TargetGroupArn: arn }, context) => ({
    Attributes: shownAttributes(targetGroupAttributes, neededTargetGroup(presentRows(db), scopeOf(context), arn)),
  });
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroupAttributes.html */
export function modifyTargetGroupAttributes({ db }: Elbv2Deps): Elbv2Handler<'ModifyTargetGroupAttributes'> {
  return async ({ TargetGroupArn: arn, Attributes: given }, context) => {
    const { result } = await db.transact((tx) => {
      const row = neededTargetGroup(tx, scopeOf(context), arn);
      const next = { ...row, attributes: modifiedAttributes(targetGroupAttributes, row, given) };
      checkTogether(next);
      tx.put(targetGroups, targetGroupKey(row, row.name), next);
      return next;
    });
    return { Attributes: shownAttributes(targetGroupAttributes, result) };
  };
}
