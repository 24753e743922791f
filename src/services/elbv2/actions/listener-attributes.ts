import { modifiedAttributes, shownAttributes } from '../attributes.ts';
import { presentRows, scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { listenerAttributes } from '../listeners/attributes.ts';
import { listenerKey, listeners } from '../records/listener.ts';
import { neededListener } from '../references.ts';

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeListenerAttributes.html */
export function describeListenerAttributes({ db }: Elbv2Deps): Elbv2Handler<'DescribeListenerAttributes'> {
  return ({ ListenerArn: arn }, context) => ({
    Attributes: shownAttributes(listenerAttributes, neededListener(presentRows(db), scopeOf(context), arn)),
  });
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListenerAttributes.html */
export function modifyListenerAttributes({ db }: Elbv2Deps): Elbv2Handler<'ModifyListenerAttributes'> {
  return async ({ ListenerArn: arn, Attributes: given }, context) => {
    const { result } = await db.transact((tx) => {
      const row = neededListener(tx, scopeOf(context), arn);
      const next = { ...row, attributes: modifiedAttributes(listenerAttributes, row, given) };
      tx.put(listeners, listenerKey(row), next);
      return next;
    });
    return { Attributes: shownAttributes(listenerAttributes, result) };
  };
}
