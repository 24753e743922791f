import { ApiError } from '../../../protocol/api/index.ts';
import type { RulePriorityPair } from '../../../protocol/generated/elbv2.ts';
import { scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { operationNotPermitted, validationError } from '../errors.ts';
import { describedRule } from '../listeners/described.ts';
import { listenerKey, listeners, type RuleRecord } from '../records/listener.ts';
import { neededRule } from '../references.ts';
import { byPriority } from './create-rule.ts';

/**
 * All priorities of one listener's rules change at once, so they may be exchanged.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetRulePriorities.html
 */
export function setRulePriorities({ db }: Elbv2Deps): Elbv2Handler<'SetRulePriorities'> {
  return async ({ RulePriorities: given }, context) => {
    const scope = scopeOf(context);
    const wanted = checkedPairs(given);
    const { result } = await db.transact((tx) => {
      const found = wanted.map(({ arn }) => neededRule(tx, scope, arn));
      const [first] = found;
      if (first === undefined) throw validationError('At least one rule priority must be specified');
      const { listener } = first;
      const ids = new Map<string, number>();
      for (const [index, { listener: own, rule, ruleId }] of found.entries()) {
        const { arn, priority } = wanted[index] ?? { arn: '', priority: 0 };
        if (rule === undefined)
          throw operationNotPermitted(`The priority of the default rule '${arn}' cannot be changed`);
        if (listenerKey(own) !== listenerKey(listener))
          throw validationError('All rules must belong to the same listener');
        ids.set(ruleId, priority);
      }
      const rules = byPriority(
        listener.rules.map((rule) => ({ ...rule, priority: ids.get(rule.id) ?? rule.priority })),
      );
      checkUnique(rules);
      const after = { ...listener, rules };
      tx.put(listeners, listenerKey(listener), after);
      return { after, ids };
    });
    const { after, ids } = result;
    return { Rules: after.rules.filter(({ id }) => ids.has(id)).map((rule) => describedRule(after, rule)) };
  };
}

function checkedPairs(
  given: readonly RulePriorityPair[],
): readonly { readonly arn: string; readonly priority: number }[] {
  const pairs = given.map(({ RuleArn, Priority }) => {
    if (RuleArn === undefined) throw validationError('A rule ARN must be specified');
    if (Priority === undefined) throw validationError('A rule priority must be specified');
    return { arn: RuleArn, priority: Priority };
  });
  if (new Set(pairs.map(({ arn }) => arn)).size < pairs.length) {
    throw validationError('A rule ARN cannot be specified more than once');
  }
  return pairs;
}

function checkUnique(rules: readonly RuleRecord[]): void {
  for (const [index, { priority }] of rules.entries()) {
    if (rules[index + 1]?.priority === priority) {
      throw new ApiError('PriorityInUse', `Priority '${priority}' is currently in use`);
    }
  }
}
