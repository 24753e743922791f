import type { Elbv2Handler } from '../core.ts';
import * as limits from '../limits.ts';
import { listPage } from '../paging.ts';

/** AWS's names for the limits that Longshore holds. */
const accountLimits: readonly (readonly [name: string, max: number])[] = [
  ['application-load-balancers', limits.maxLoadBalancersPerRegion],
  ['network-load-balancers', limits.maxLoadBalancersPerRegion],
  ['target-groups', limits.maxTargetGroupsPerRegion],
  ['target-groups-per-application-load-balancer', limits.maxTargetGroupsPerLoadBalancer],
  ['target-groups-per-action-on-application-load-balancer', limits.maxTargetGroupsPerAction],
  ['target-groups-per-action-on-network-load-balancer', limits.maxTargetGroupsPerAction],
  ['targets-per-application-load-balancer', limits.maxTargetsPerTargetGroup],
  ['targets-per-network-load-balancer', limits.maxTargetsPerTargetGroup],
  ['listeners-per-application-load-balancer', limits.maxListenersPerLoadBalancer],
  ['listeners-per-network-load-balancer', limits.maxListenersPerLoadBalancer],
  ['rules-per-application-load-balancer', limits.maxRulesPerLoadBalancer],
  ['condition-values-per-alb-rule', limits.maxConditionValuesPerRule],
  ['condition-wildcards-per-alb-rule', limits.maxWildcardsPerRule],
  ['certificates-per-application-load-balancer', limits.maxCertificatesPerLoadBalancer],
  ['certificates-per-network-load-balancer', limits.maxCertificatesPerLoadBalancer],
];

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeAccountLimits.html */
export function describeAccountLimits(): Elbv2Handler<'DescribeAccountLimits'> {
  return (input) => {
    const { items, next } = listPage(accountLimits, ([name]) => name, input);
    return { Limits: items.map(([Name, max]) => ({ Name, Max: String(max) })), ...next };
  };
}
