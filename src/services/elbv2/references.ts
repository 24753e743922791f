import type { Rows } from './core.ts';
import {
  listenerNotFound,
  loadBalancerNotFound,
  ruleNotFound,
  targetGroupNotFound,
  validationError,
} from './errors.ts';
import {
  listenerKey,
  listeners,
  parseListenerArn,
  parseRuleArn,
  type ListenerRecord,
  type RuleRecord,
} from './records/listener.ts';
import {
  loadBalancerKey,
  loadBalancers,
  parseLoadBalancerArn,
  type LoadBalancerName,
  type LoadBalancerRecord,
} from './records/load-balancer.ts';
import type { Scope } from './records/scope.ts';
import { parseTargetGroupArn, targetGroupKey, targetGroups, type TargetGroupRecord } from './records/target-group.ts';

type Kind = 'listener' | 'listener rule' | 'load balancer' | 'target group';

function malformed(text: string, kind: Kind): Error {
  return validationError(`'${text}' is not a valid ${kind} ARN`);
}

function isOwn(scope: Scope, { account, region }: Scope): boolean {
  return account === scope.account && region === scope.region;
}

/** The load balancer of that very id; undefined when it is gone, also when another has its name by now. */
export function loadBalancerOf(rows: Rows, name: LoadBalancerName): LoadBalancerRecord | undefined {
  const row = rows.get(loadBalancers, loadBalancerKey(name, name.name));
  return row?.id === name.id && row.type === name.type ? row : undefined;
}

/** @throws ValidationError for text that is no load balancer's ARN of this account and region */
export function findLoadBalancer(rows: Rows, scope: Scope, arn: string): LoadBalancerRecord | undefined {
  const name = parseLoadBalancerArn(arn);
  if (name === undefined || !isOwn(scope, name)) throw malformed(arn, 'load balancer');
  return loadBalancerOf(rows, name);
}

/** @throws LoadBalancerNotFound, ValidationError */
export function neededLoadBalancer(rows: Rows, scope: Scope, arn: string): LoadBalancerRecord {
  const row = findLoadBalancer(rows, scope, arn);
  if (row === undefined) throw loadBalancerNotFound(arn);
  return row;
}

/** The target group of that ARN, of whatever account; undefined when there is none. */
export function targetGroupOf(rows: Rows, arn: string): TargetGroupRecord | undefined {
  const name = parseTargetGroupArn(arn);
  const row = name && rows.get(targetGroups, targetGroupKey(name, name.name));
  return row?.id === name?.id ? row : undefined;
}

/** @throws ValidationError for text that is no target group's ARN of this account and region */
export function findTargetGroup(rows: Rows, scope: Scope, arn: string): TargetGroupRecord | undefined {
  const name = parseTargetGroupArn(arn);
  if (name === undefined || !isOwn(scope, name)) throw malformed(arn, 'target group');
  return targetGroupOf(rows, arn);
}

/** @throws TargetGroupNotFound, ValidationError */
export function neededTargetGroup(rows: Rows, scope: Scope, arn: string): TargetGroupRecord {
  const row = findTargetGroup(rows, scope, arn);
  if (row === undefined) throw targetGroupNotFound(arn);
  return row;
}

/** @throws ValidationError for text that is no listener's ARN of this account and region */
export function findListener(rows: Rows, scope: Scope, arn: string): ListenerRecord | undefined {
  const name = parseListenerArn(arn);
  if (name === undefined || !isOwn(scope, name.loadBalancer)) throw malformed(arn, 'listener');
  return rows.get(listeners, listenerKey(name));
}

/** @throws ListenerNotFound, ValidationError */
export function neededListener(rows: Rows, scope: Scope, arn: string): ListenerRecord {
  const row = findListener(rows, scope, arn);
  if (row === undefined) throw listenerNotFound(arn);
  return row;
}

/** A rule in its listener; `rule` is undefined for the default rule. */
export interface FoundRule {
  readonly listener: ListenerRecord;
  readonly ruleId: string;
  readonly rule: RuleRecord | undefined;
}

/** @throws ValidationError for text that is no rule's ARN of this account and region */
export function findRule(rows: Rows, scope: Scope, arn: string): FoundRule | undefined {
  const name = parseRuleArn(arn);
  if (name === undefined || !isOwn(scope, name.loadBalancer)) throw malformed(arn, 'listener rule');
  const listener = rows.get(listeners, listenerKey(name));
  if (listener === undefined) return undefined;
  const rule = listener.rules.find(({ id }) => id === name.ruleId);
  if (rule === undefined && name.ruleId !== listener.defaultRuleId) return undefined;
  return { listener, ruleId: name.ruleId, rule };
}

/** @throws RuleNotFound, ValidationError */
export function neededRule(rows: Rows, scope: Scope, arn: string): FoundRule {
  const found = findRule(rows, scope, arn);
  if (found === undefined) throw ruleNotFound(arn);
  return found;
}
