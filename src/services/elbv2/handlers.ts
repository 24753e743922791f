import type { Handlers } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/elbv2.ts';
import { createListener } from './actions/create-listener.ts';
import { createLoadBalancer } from './actions/create-load-balancer.ts';
import { createRule } from './actions/create-rule.ts';
import { createTargetGroup } from './actions/create-target-group.ts';
import { deleteListener } from './actions/delete-listener.ts';
import { deleteLoadBalancer } from './actions/delete-load-balancer.ts';
import { deleteRule } from './actions/delete-rule.ts';
import { deleteTargetGroup } from './actions/delete-target-group.ts';
import { describeAccountLimits } from './actions/describe-account-limits.ts';
import { describeListeners } from './actions/describe-listeners.ts';
import { describeLoadBalancers } from './actions/describe-load-balancers.ts';
import { describeRules } from './actions/describe-rules.ts';
import { describeSslPolicies } from './actions/describe-ssl-policies.ts';
import { describeTargetGroups } from './actions/describe-target-groups.ts';
import { describeTargetHealth } from './actions/describe-target-health.ts';
import { describeListenerAttributes, modifyListenerAttributes } from './actions/listener-attributes.ts';
import {
  addListenerCertificates,
  describeListenerCertificates,
  removeListenerCertificates,
} from './actions/listener-certificates.ts';
import { describeLoadBalancerAttributes, modifyLoadBalancerAttributes } from './actions/load-balancer-attributes.ts';
import { modifyListener } from './actions/modify-listener.ts';
import { modifyRule } from './actions/modify-rule.ts';
import { modifyTargetGroup } from './actions/modify-target-group.ts';
import { deregisterTargets, registerTargets } from './actions/register-targets.ts';
import { setIpAddressType } from './actions/set-ip-address-type.ts';
import { setRulePriorities } from './actions/set-rule-priorities.ts';
import { setSecurityGroups } from './actions/set-security-groups.ts';
import { setSubnets } from './actions/set-subnets.ts';
import { addTags, describeTags, removeTags } from './actions/tagging.ts';
import { describeTargetGroupAttributes, modifyTargetGroupAttributes } from './actions/target-group-attributes.ts';
import type { Elbv2Deps } from './core.ts';
import type { Registrar } from './targets/registrar.ts';

/** The actions that exist; the others (trust stores, capacity reservations, IP pools, resource policies) answer "not implemented by Longshore". */
export function handlersOf(deps: Elbv2Deps, registrar: Registrar): Handlers<Operations> {
  return {
    AddListenerCertificates: addListenerCertificates(deps),
    AddTags: addTags(deps),
    CreateListener: createListener(deps),
    CreateLoadBalancer: createLoadBalancer(deps),
    CreateRule: createRule(deps),
    CreateTargetGroup: createTargetGroup(deps),
    DeleteListener: deleteListener(deps),
    DeleteLoadBalancer: deleteLoadBalancer(deps),
    DeleteRule: deleteRule(deps),
    DeleteTargetGroup: deleteTargetGroup(deps),
    DeregisterTargets: deregisterTargets(deps, registrar),
    DescribeAccountLimits: describeAccountLimits(),
    DescribeListenerAttributes: describeListenerAttributes(deps),
    DescribeListenerCertificates: describeListenerCertificates(deps),
    DescribeListeners: describeListeners(deps),
    DescribeLoadBalancerAttributes: describeLoadBalancerAttributes(deps),
    DescribeLoadBalancers: describeLoadBalancers(deps),
    DescribeRules: describeRules(deps),
    DescribeSSLPolicies: describeSslPolicies(),
    DescribeTags: describeTags(deps),
    DescribeTargetGroupAttributes: describeTargetGroupAttributes(deps),
    DescribeTargetGroups: describeTargetGroups(deps),
    DescribeTargetHealth: describeTargetHealth(deps),
    ModifyListener: modifyListener(deps),
    ModifyListenerAttributes: modifyListenerAttributes(deps),
    ModifyLoadBalancerAttributes: modifyLoadBalancerAttributes(deps),
    ModifyRule: modifyRule(deps),
    ModifyTargetGroup: modifyTargetGroup(deps),
    ModifyTargetGroupAttributes: modifyTargetGroupAttributes(deps),
    RegisterTargets: registerTargets(deps, registrar),
    RemoveListenerCertificates: removeListenerCertificates(deps),
    RemoveTags: removeTags(deps),
    SetIpAddressType: setIpAddressType(deps),
    SetRulePriorities: setRulePriorities(deps),
    SetSecurityGroups: setSecurityGroups(deps),
    SetSubnets: setSubnets(deps),
  };
}
