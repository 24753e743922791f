import { conditionValues } from '../../../protocol/api/index.ts';
import type { AccessQuestion, ConditionSources } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/elbv2.ts';
import type { Rows } from '../core.ts';
import { listenerArn, listenerKey, listeners, parseListenerArn, parseRuleArn, ruleArn } from '../records/listener.ts';
import { loadBalancerArn, parseLoadBalancerArn } from '../records/load-balancer.ts';
import type { Tag } from '../records/scope.ts';
import { parseTargetGroupArn, targetGroupArn } from '../records/target-group.ts';
import { loadBalancerOf, targetGroupOf } from '../references.ts';

export type Said = Pick<ConditionSources, 'keys' | 'requestTags' | 'tagKeys'>;

/** A question about one thing; what it says of the thing's tags is read when a policy asks. */
export type Ask = (name: keyof Operations, arn: string, said?: Said) => AccessQuestion;

export function asker(rows: Rows): Ask {
  return (name, arn, said = {}) => {
    const resource = plainArn(arn);
    const resourceTags = () => storedTags(rows, resource);
    const context = conditionValues({ service: 'elasticloadbalancing', resourceTags, ...said });
    return { action: `elasticloadbalancing:${name}`, resource, context };
  };
}

/** About an action that has no resource. */
export function askAny(name: keyof Operations): AccessQuestion {
  return { action: `elasticloadbalancing:${name}`, resource: '*' };
}

/** As policies write it, also where the request names another partition, which the handlers take for the same. Other text stays. */
function plainArn(text: string): string {
  const loadBalancer = parseLoadBalancerArn(text);
  if (loadBalancer !== undefined) return loadBalancerArn(loadBalancer);
  const targetGroup = parseTargetGroupArn(text);
  if (targetGroup !== undefined) return targetGroupArn(targetGroup);
  const listener = parseListenerArn(text);
  if (listener !== undefined) return listenerArn(listener);
  const rule = parseRuleArn(text);
  return rule === undefined ? text : ruleArn(rule, rule.ruleId);
}

/** The tags of what an ARN names; undefined when it is not there. */
function storedTags(rows: Rows, arn: string): readonly Tag[] | undefined {
  const loadBalancer = parseLoadBalancerArn(arn);
  if (loadBalancer !== undefined) return loadBalancerOf(rows, loadBalancer)?.tags;
  if (parseTargetGroupArn(arn) !== undefined) return targetGroupOf(rows, arn)?.tags;
  const listener = parseListenerArn(arn);
  if (listener !== undefined) return rows.get(listeners, listenerKey(listener))?.tags;
  const rule = parseRuleArn(arn);
  return rule && rows.get(listeners, listenerKey(rule))?.rules.find(({ id }) => id === rule.ruleId)?.tags;
}

interface GivenTag {
  readonly Key: string;
  readonly Value?: string | undefined;
}

export function tagPairs(tags: readonly GivenTag[] = []): readonly Tag[] {
  return tags.map(({ Key: key, Value: value = '' }) => ({ key, value }));
}
