import type { Limits } from '../../protocol/api/index.ts';

// Quotas: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html and …/network/load-balancer-limits.html

export const maxLoadBalancersPerRegion = 50;
export const maxTargetGroupsPerRegion = 3_000;
export const maxTargetGroupsPerLoadBalancer = 100;
export const maxTargetGroupsPerAction = 5;
export const maxTargetsPerTargetGroup = 1_000;
export const maxListenersPerLoadBalancer = 50;
/** Not counting default rules. */
export const maxRulesPerLoadBalancer = 100;
export const maxConditionValuesPerRule = 5;
export const maxWildcardsPerRule = 5;
/** Not counting default certificates. */
export const maxCertificatesPerLoadBalancer = 25;
export const maxSecurityGroupsPerLoadBalancer = 5;
export const maxTags = 50;
/** ARNs in one AddTags, RemoveTags or DescribeTags. */
export const maxTaggedPerCall = 20;
/** Default and most things of one page. */
export const maxPageSize = 400;
/** Targets written in one transaction, each read and written; a store takes 128 conditions and operations. */
export const maxTargetsPerTransaction = 50;
/** Load balancers' own addresses are 127.80.0.1 to 127.80.255.254. */
export const loopbackAddresses = 65_534;

const tagText = '([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)';

/** Limits by member that hold whatever the state; checked before a handler runs. */
export const elbv2Limits: Limits = {
  PageSize: [1, maxPageSize],
  'CreateListenerInput.Port': [1, 65_535],
  'ModifyListenerInput.Port': [1, 65_535],
  'CreateTargetGroupInput.Port': [1, 65_535],
  'TargetDescription.Port': [1, 65_535],
  'CreateRuleInput.Priority': [1, 50_000],
  'RulePriorityPair.Priority': [1, 50_000],
  'Action.Order': [1, 50_000],
  HealthCheckIntervalSeconds: [5, 300],
  HealthCheckTimeoutSeconds: [2, 120],
  HealthyThresholdCount: [2, 10],
  UnhealthyThresholdCount: [2, 10],
  HealthCheckPath: [1, 1_024],
  'Tag.Key': [1, 128, tagText],
  'Tag.Value': [0, 256, tagText],
  Tags: [1, undefined],
  'FixedResponseActionConfig.MessageBody': [0, 1_024],
  'FixedResponseActionConfig.StatusCode': [undefined, undefined, '(2|4|5)\\d\\d'],
  'FixedResponseActionConfig.ContentType': [0, 32],
  'RedirectActionConfig.Host': [1, 128],
  'RedirectActionConfig.Path': [1, 128],
  'RedirectActionConfig.Query': [0, 128],
  'RedirectActionConfig.Protocol': [undefined, undefined, '(HTTPS?|#\\{protocol\\})'],
};
