import { ApiError } from '../../../protocol/api/index.ts';
import { scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { notImplemented, validationError } from '../errors.ts';
import { readActions } from '../listeners/actions.ts';
import { readConditions } from '../listeners/conditions.ts';
import { describedRule } from '../listeners/described.ts';
import { writeListener } from '../listeners/writes.ts';
import type { ListenerRecord, RuleRecord } from '../records/listener.ts';
import { neededListener } from '../references.ts';
import { checkedTags } from '../tags.ts';

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html */
export function createRule(deps: Elbv2Deps): Elbv2Handler<'CreateRule'> {
  return async (input, context) => {
    if (input.Transforms !== undefined && input.Transforms.length > 0) throw notImplemented('Transforms');
    const conditions = readConditions(input.Conditions);
    const tags = checkedTags(input.Tags);
    const { result } = await deps.db.transact((tx) => {
      const before = neededListener(tx, scopeOf(context), input.ListenerArn);
      checkHasRules(before);
      if (before.rules.some(({ priority }) => priority === input.Priority)) {
        throw new ApiError('PriorityInUse', `Priority '${input.Priority}' is currently in use`);
      }
      const rule: RuleRecord = {
        id: deps.ids.hex(16),
        priority: input.Priority,
        conditions,
        action: readActions(input.Actions, before.protocol),
        tags,
      };
      const after = { ...before, rules: byPriority([...before.rules, rule]) };
      writeListener(tx, deps, { before, after });
      return { after, rule };
    });
    return { Rules: [describedRule(result.after, result.rule)] };
  };
}

export function byPriority(rules: readonly RuleRecord[]): readonly RuleRecord[] {
  return rules.toSorted((left, right) => left.priority - right.priority);
}

/** @throws ValidationError for listeners of Network Load Balancers */
export function checkHasRules({ protocol }: ListenerRecord): void {
  if (protocol !== 'HTTP' && protocol !== 'HTTPS') {
    throw validationError(`Rules are not supported with listeners of protocol '${protocol}'`);
  }
}
