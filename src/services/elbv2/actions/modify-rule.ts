import { scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { notImplemented, operationNotPermitted } from '../errors.ts';
import { readActions } from '../listeners/actions.ts';
import { readConditions } from '../listeners/conditions.ts';
import { describedRule } from '../listeners/described.ts';
import { writeListener } from '../listeners/writes.ts';
import type { RuleRecord } from '../records/listener.ts';
import { neededRule } from '../references.ts';

/** What is not given stays. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyRule.html */
export function modifyRule(deps: Elbv2Deps): Elbv2Handler<'ModifyRule'> {
  return async (input, context) => {
    if (input.Transforms !== undefined && input.Transforms.length > 0) throw notImplemented('Transforms');
    const { result } = await deps.db.transact((tx) => {
      const { listener: before, rule } = neededRule(tx, scopeOf(context), input.RuleArn);
      if (rule === undefined) {
        throw operationNotPermitted(
          `Default rule '${input.RuleArn}' cannot be modified; modify the listener's default actions`,
        );
      }
      const changed: RuleRecord = {
        ...rule,
        conditions: input.Conditions === undefined ? rule.conditions : readConditions(input.Conditions),
        action: input.Actions === undefined ? rule.action : readActions(input.Actions, before.protocol),
      };
      const after = { ...before, rules: before.rules.map((one) => (one === rule ? changed : one)) };
      writeListener(tx, deps, { before, after });
      return { after, changed };
    });
    return { Rules: [describedRule(result.after, result.changed)] };
  };
}
