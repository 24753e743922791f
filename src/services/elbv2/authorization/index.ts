import type { AccessQuestion, Authorization } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/elbv2.ts';
import type { Rows } from '../core.ts';
import { askAny, asker } from './ask.ts';
import { changingQuestions } from './changing.ts';
import { creatingQuestions } from './creating.ts';

/** What describes has no resource. */
function onAny(name: keyof Operations) {
  return (): readonly AccessQuestion[] => [askAny(name)];
}

/**
 * What each operation of Elastic Load Balancing asks of the caller's policies.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
 */
export function elbv2Authorization(rows: Rows) {
  const ask = asker(rows);
  return {
    ...creatingQuestions(ask),
    ...changingQuestions(ask),
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
  } satisfies Authorization<Operations>;
}
