import { scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { operationNotPermitted } from '../errors.ts';
import { listenerKey, listeners } from '../records/listener.ts';
import { neededRule } from '../references.ts';

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteRule.html */
export function deleteRule({ db }: Elbv2Deps): Elbv2Handler<'DeleteRule'> {
  return async ({ RuleArn: arn }, context) => {
    await db.transact((tx) => {
      const { listener, rule } = neededRule(tx, scopeOf(context), arn);
      if (rule === undefined) throw operationNotPermitted(`Default rule '${arn}' cannot be deleted`);
      tx.put(listeners, listenerKey(listener), { ...listener, rules: listener.rules.filter((one) => one !== rule) });
    });
    return {};
  };
}
