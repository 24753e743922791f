import { formatArn } from '../../kernel/index.ts';
import { conditionValues, questionsOnEach } from '../../protocol/api/index.ts';
import type { AccessQuestion, Authorization, ConditionSources, RequestContext } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/elbv2.ts';
import type { Rows } from './core.ts';
import { maxRulesPerLoadBalancer, maxTaggedPerCall } from './limits.ts';
import { listenerArn, listenerKey, listeners, parseListenerArn, parseRuleArn, ruleArn } from './records/listener.ts';
import { loadBalancerArn, loadBalancerPath, parseLoadBalancerArn } from './records/load-balancer.ts';
import type { Tag } from './records/scope.ts';
import { parseTargetGroupArn, targetGroupArn } from './records/target-group.ts';
import { loadBalancerOf, targetGroupOf } from './references.ts';

type Said = Pick<ConditionSources, 'keys' | 'requestTags' | 'tagKeys'>;

interface GivenTag {
  readonly Key: string;
  readonly Value?: string | undefined;
}

function action(name: string): string {
  return `elasticloadbalancing:${name}`;
}

/** What describes has no resource. */
function onAny(name: keyof Operations) {
  return (): readonly AccessQuestion[] => [{ action: action(name), resource: '*' }];
}

/**
 * What each operation of Elastic Load Balancing asks of the caller's policies.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
 */
export function elbv2Authorization(rows: Rows) {
  function ask(name: keyof Operations, arn: string, said: Said = {}): AccessQuestion {
    const resource = plainArn(arn);
    const context = conditionValues({
      ...said,
      service: 'elasticloadbalancing',
      resourceTags: () => storedTags(rows, resource),
    });
    return { action: action(name), resource, context };
  }

  /** Whoever creates with tags must be allowed to tag what is created. */
  function tagging(by: keyof Operations, resource: string, requestTags: readonly Tag[]): readonly AccessQuestion[] {
    if (requestTags.length === 0) return [];
    return [ask('AddTags', resource, { requestTags, keys: { 'elasticloadbalancing:CreateAction': by } })];
  }

  function created(
    by: keyof Operations,
    created: { readonly on: string; readonly made: string },
    said: Said,
  ): readonly AccessQuestion[] {
    return [ask(by, created.on, said), ...tagging(by, created.made, said.requestTags ?? [])];
  }

  const onLoadBalancer = (name: keyof Operations) => (input: { readonly LoadBalancerArn: string }) => [
    ask(name, input.LoadBalancerArn),
  ];
  const onListener = (name: keyof Operations) => (input: { readonly ListenerArn: string }) => [
    ask(name, input.ListenerArn),
  ];
  const onRule = (name: keyof Operations) => (input: { readonly RuleArn: string }) => [ask(name, input.RuleArn)];
  const onTargetGroup = (name: keyof Operations) => (input: { readonly TargetGroupArn: string }) => [
    ask(name, input.TargetGroupArn),
  ];
  const onEach = (name: keyof Operations, arns: readonly string[], max: number, said: Said = {}) =>
    questionsOnEach(arns, { max, any: () => ({ action: action(name), resource: '*' }) }, (arn) => ask(name, arn, said));

  return {
    AddListenerCertificates: onListener('AddListenerCertificates'),
    AddTags: ({ ResourceArns, Tags }) =>
      onEach('AddTags', ResourceArns, maxTaggedPerCall, { requestTags: tagPairs(Tags) }),
    CreateListener: (input) => {
      const on = input.LoadBalancerArn;
      const name = parseLoadBalancerArn(on);
      const made = name === undefined ? on : listenerArn({ loadBalancer: name, id: '*' });
      const said = { keys: listenerKeys(input), requestTags: tagPairs(input.Tags) };
      return created('CreateListener', { on, made }, said);
    },
    CreateLoadBalancer: (input, context) => {
      const type = input.Type === 'network' ? 'network' : 'application';
      const arn = ofAccount(context, `loadbalancer/${loadBalancerPath({ type, name: input.Name, id: '*' })}`);
      const keys = {
        'elasticloadbalancing:Scheme': input.Scheme ?? 'internet-facing',
        'elasticloadbalancing:SecurityGroup': input.SecurityGroups,
        'elasticloadbalancing:Subnet': subnetsOf(input),
      };
      return created('CreateLoadBalancer', { on: arn, made: arn }, { keys, requestTags: tagPairs(input.Tags) });
    },
    CreateRule: ({ ListenerArn: on, Tags }) => {
      const name = parseListenerArn(on);
      const made = name === undefined ? on : ruleArn(name, '*');
      return created('CreateRule', { on, made }, { requestTags: tagPairs(Tags) });
    },
    CreateTargetGroup: ({ Name, Tags }, context) => {
      const arn = ofAccount(context, `targetgroup/${Name}/*`);
      return created('CreateTargetGroup', { on: arn, made: arn }, { requestTags: tagPairs(Tags) });
    },
    DeleteListener: onListener('DeleteListener'),
    DeleteLoadBalancer: onLoadBalancer('DeleteLoadBalancer'),
    DeleteRule: onRule('DeleteRule'),
    DeleteTargetGroup: onTargetGroup('DeleteTargetGroup'),
    DeregisterTargets: onTargetGroup('DeregisterTargets'),
    DescribeAccountLimits: onAny('DescribeAccountLimits'),
    DescribeListenerAttributes: onAny('DescribeListenerAttributes'),
    DescribeListenerCertificates: onAny('DescribeListenerCertificates'),
    DescribeListeners: onAny('DescribeListeners'),
    DescribeLoadBalancerAttributes: onAny('DescribeLoadBalancerAttributes'),
    DescribeLoadBalancers: onAny('DescribeLoadBalancers'),
    DescribeRules: onAny('DescribeRules'),
    DescribeSSLPolicies: onAny('DescribeSSLPolicies'),
    DescribeTags: onAny('DescribeTags'),
    DescribeTargetGroupAttributes: onAny('DescribeTargetGroupAttributes'),
    DescribeTargetGroups: onAny('DescribeTargetGroups'),
    DescribeTargetHealth: onAny('DescribeTargetHealth'),
    ModifyListener: (input) => [ask('ModifyListener', input.ListenerArn, { keys: listenerKeys(input) })],
    ModifyListenerAttributes: onListener('ModifyListenerAttributes'),
    ModifyLoadBalancerAttributes: onLoadBalancer('ModifyLoadBalancerAttributes'),
    ModifyRule: onRule('ModifyRule'),
    ModifyTargetGroup: onTargetGroup('ModifyTargetGroup'),
    ModifyTargetGroupAttributes: onTargetGroup('ModifyTargetGroupAttributes'),
    RegisterTargets: onTargetGroup('RegisterTargets'),
    RemoveListenerCertificates: onListener('RemoveListenerCertificates'),
    RemoveTags: ({ ResourceArns, TagKeys: tagKeys }) =>
      onEach('RemoveTags', ResourceArns, maxTaggedPerCall, { tagKeys }),
    SetIpAddressType: onLoadBalancer('SetIpAddressType'),
    SetRulePriorities: ({ RulePriorities }) => {
      const arns = RulePriorities.flatMap(({ RuleArn }) => RuleArn ?? []);
      return onEach('SetRulePriorities', arns, maxRulesPerLoadBalancer);
    },
    SetSecurityGroups: ({ LoadBalancerArn, SecurityGroups }) => [
      ask('SetSecurityGroups', LoadBalancerArn, { keys: { 'elasticloadbalancing:SecurityGroup': SecurityGroups } }),
    ],
    SetSubnets: (input) => [
      ask('SetSubnets', input.LoadBalancerArn, { keys: { 'elasticloadbalancing:Subnet': subnetsOf(input) } }),
    ],
  } satisfies Authorization<Operations>;
}

function ofAccount({ account, region }: RequestContext, resource: string): string {
  return formatArn('elasticloadbalancing', region, account, resource);
}

function listenerKeys(input: { readonly Protocol?: string | undefined; readonly SslPolicy?: string | undefined }) {
  return {
    'elasticloadbalancing:ListenerProtocol': input.Protocol,
    'elasticloadbalancing:SecurityPolicy': input.SslPolicy,
  };
}

function subnetsOf(input: {
  readonly Subnets?: readonly string[] | undefined;
  readonly SubnetMappings?: readonly { readonly SubnetId?: string | undefined }[] | undefined;
}): readonly string[] {
  return [...(input.Subnets ?? []), ...(input.SubnetMappings ?? []).flatMap(({ SubnetId }) => SubnetId ?? [])];
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

function tagPairs(tags: readonly GivenTag[] = []): readonly Tag[] {
  return tags.map(({ Key: key, Value: value = '' }) => ({ key, value }));
}
