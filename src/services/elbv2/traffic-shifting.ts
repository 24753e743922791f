import { InvalidArgument, NotFound } from '../../kernel/index.ts';
import { ApiError } from '../../protocol/api/index.ts';
import type { Transaction } from '../../store/index.ts';
import { presentRows, type Elbv2Deps, type Rows } from './core.ts';
import { maxTargetGroupsPerAction } from './limits.ts';
import { writeListener } from './listeners/writes.ts';
import type { ForwardFacts, TrafficShifting, WeightedTargetGroup } from './offers.ts';
import {
  listenerArn,
  listenerKey,
  listeners,
  parseListenerArn,
  parseRuleArn,
  type ActionRecord,
  type ListenerRecord,
} from './records/listener.ts';
import { loadBalancerArn } from './records/load-balancer.ts';

/** An action of a listener: of its default rule when there is no `ruleId`. */
interface FoundAction {
  readonly listener: ListenerRecord;
  readonly ruleId: string | undefined;
  readonly action: ActionRecord;
}

function findAction(rows: Rows, arn: string): FoundAction | undefined {
  const name = parseListenerArn(arn) ?? parseRuleArn(arn);
  if (name === undefined) return undefined;
  const listener = rows.get(listeners, listenerKey(name));
  if (listener === undefined) return undefined;
  if (!('ruleId' in name) || name.ruleId === listener.defaultRuleId) {
    return { listener, ruleId: undefined, action: listener.defaultAction };
  }
  const rule = listener.rules.find(({ id }) => id === name.ruleId);
  return rule && { listener, ruleId: rule.id, action: rule.action };
}

/** Shifts traffic between target groups, for deployments. */
export function trafficShifting(deps: Pick<Elbv2Deps, 'db' | 'certificates'>): TrafficShifting {
  return {
    forward(arn): ForwardFacts | undefined {
      const found = findAction(presentRows(deps.db), arn);
      if (found?.action.type !== 'forward') return undefined;
      const { listener, action } = found;
      return {
        loadBalancerArn: loadBalancerArn(listener.loadBalancer),
        listenerArn: listenerArn(listener),
        listenerPort: listener.port,
        listenerProtocol: listener.protocol,
        targetGroups: action.targetGroups.map((group) => ({ targetGroupArn: group.arn, weight: group.weight })),
      };
    },
    setWeights(tx, scope, arn, weights) {
      const found = findAction(tx, arn);
      const isOwn =
        found?.listener.loadBalancer.account === scope.account && found.listener.loadBalancer.region === scope.region;
      if (found === undefined || !isOwn) throw new NotFound(`'${arn}' is no listener or rule that is there`);
      if (found.action.type !== 'forward') throw new InvalidArgument(`'${arn}' does not forward to target groups`);
      checkWeights(weights);
      const action = {
        ...found.action,
        targetGroups: weights.map(({ targetGroupArn, weight }) => ({ arn: targetGroupArn, weight })),
      };
      write(tx, found, action);
    },
  };

  function write(tx: Transaction, { listener: before, ruleId }: FoundAction, action: ActionRecord): void {
    const after: ListenerRecord =
      ruleId === undefined
        ? { ...before, defaultAction: action }
        : { ...before, rules: before.rules.map((rule) => (rule.id === ruleId ? { ...rule, action } : rule)) };
    try {
      writeListener(tx, deps, { before, after });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw error.code === 'TargetGroupNotFound' ? new NotFound(error.message) : new InvalidArgument(error.message);
    }
  }
}

function checkWeights(weights: readonly WeightedTargetGroup[]): void {
  if (weights.length === 0 || weights.length > maxTargetGroupsPerAction) {
    throw new InvalidArgument(
      `1 to ${maxTargetGroupsPerAction} target groups can be forwarded to, not ${weights.length}`,
    );
  }
  const wrong = weights.find(({ weight }) => !Number.isInteger(weight) || weight < 0 || weight > 999);
  if (wrong !== undefined) throw new InvalidArgument(`${wrong.weight} is no weight from 0 to 999`);
}
