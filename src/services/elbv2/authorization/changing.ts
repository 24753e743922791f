import { questionsOnEach } from '../../../protocol/api/index.ts';
import type { Authorization } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/elbv2.ts';
import { maxRulesPerLoadBalancer, maxTaggedPerCall } from '../limits.ts';
import { askAny, tagPairs, type Ask, type Said } from './ask.ts';
import { listenerKeys, subnetsOf } from './keys.ts';

/** Operations that change or delete what there is. */
export function changingQuestions(ask: Ask) {
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
    questionsOnEach(arns, { max, any: () => askAny(name) }, (arn) => ask(name, arn, said));

  return {
    AddListenerCertificates: onListener('AddListenerCertificates'),
    AddTags: ({ ResourceArns, Tags }) =>
      onEach('AddTags', ResourceArns, maxTaggedPerCall, { requestTags: tagPairs(Tags) }),
    DeleteListener: onListener('DeleteListener'),
    DeleteLoadBalancer: onLoadBalancer('DeleteLoadBalancer'),
    DeleteRule: onRule('DeleteRule'),
    DeleteTargetGroup: onTargetGroup('DeleteTargetGroup'),
    DeregisterTargets: onTargetGroup('DeregisterTargets'),
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
