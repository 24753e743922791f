import { InvalidArgument, NotFound } from '../../kernel/index.ts';
import { ApiError } from '../../protocol/api/index.ts';
import type { Transaction } from '../../store/index.ts';
import type { Elbv2Deps, Rows } from './core.ts';
import { maxTargetGroupsPerAction } from './limits.ts';
import { writeListener } from './listeners/writes.ts';
import type { ForwardFacts, WeightedTargetGroup } from './offers.ts';
import {
  listenerArn,
  listenerKey,
  listeners,
  parseListenerArn,
  parseRuleArn,
  type ActionRecord,
  type ForwardRecord,
  type ListenerRecord,
} from './records/listener.ts';
import { loadBalancerArn } from './records/load-balancer.ts';
import type { Scope } from './records/scope.ts';

/** An action of a listener: of its default rule when there is no `ruleId`. */
interface FoundAction {
  readonly listener: ListenerRecord;
  readonly ruleId: string | undefined;
  readonly action: ActionRecord;
}

function findAction(rows: Rows, scope: Scope, arn: string): FoundAction | undefined {
  const name = parseListenerArn(arn) ?? parseRuleArn(arn);
  const isOwn = name?.loadBalancer.account === scope.account && name.loadBalancer.region === scope.region;
  if (name === undefined || !isOwn) return undefined;
  const listener = rows.get(listeners, listenerKey(name));
  if (listener === undefined) return undefined;
  if (!('ruleId' in name) || name.ruleId === listener.defaultRuleId) {
    return { listener, ruleId: undefined, action: listener.defaultAction };
  }
  const rule = listener.rules.find(({ id }) => id === name.ruleId);
  return rule && { listener, ruleId: rule.id, action: rule.action };
}

/** Where an action forwards to; undefined when it is gone or does not forward. */
export function forwardOf(rows: Rows, scope: Scope, arn: string): ForwardFacts | undefined {
  const found = findAction(rows, scope, arn);
  if (found?.action.type !== 'forward') return undefined;
  const { listener, action } = found;
  return {
    loadBalancerArn: loadBalancerArn(listener.loadBalancer),
    listenerArn: listenerArn(listener),
    listenerPort: listener.port,
    listenerProtocol: listener.protocol,
    targetGroups: action.targetGroups.map((group) => ({ targetGroupArn: group.arn, weight: group.weight })),
  };
}

/** See TrafficShifting. */
export function setWeights(
  tx: Transaction,
  deps: Pick<Elbv2Deps, 'db' | 'certificates'>,
  { scope, arn }: { readonly scope: Scope; readonly arn: string },
  weights: readonly WeightedTargetGroup[],
): void {
  const found = findAction(tx, scope, arn);
  if (found === undefined) throw new NotFound(`'${arn}' is no listener or rule that is there`);
  const { listener: before, ruleId, action } = found;
  if (action.type !== 'forward') throw new InvalidArgument(`'${arn}' does not forward to target groups`);
  const targetGroups = new Map(action.targetGroups.map((group) => [group.arn, group.weight]));
  for (const { targetGroupArn, weight } of weights) targetGroups.set(targetGroupArn, weight);
  const changed: ForwardRecord & ActionRecord = {
    ...action,
    targetGroups: [...targetGroups].map(([one, weight]) => ({ arn: one, weight })),
  };
  checkWeights(changed.targetGroups);
  const after: ListenerRecord =
    ruleId === undefined
      ? { ...before, defaultAction: changed }
      : { ...before, rules: before.rules.map((rule) => (rule.id === ruleId ? { ...rule, action: changed } : rule)) };
  try {
    writeListener(tx, deps, { before, after });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw error.code === 'TargetGroupNotFound' ? new NotFound(error.message) : new InvalidArgument(error.message);
  }
}

function checkWeights(weights: ForwardRecord['targetGroups']): void {
  if (weights.length === 0 || weights.length > maxTargetGroupsPerAction) {
    throw new InvalidArgument(
      `1 to ${maxTargetGroupsPerAction} target groups can be forwarded to, not ${weights.length}`,
    );
  }
  const wrong = weights.find(({ weight }) => !Number.isInteger(weight) || weight < 0 || weight > 999);
  if (wrong !== undefined) throw new InvalidArgument(`${wrong.weight} is no weight from 0 to 999`);
}
