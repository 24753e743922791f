import { ApiError } from '../../../protocol/api/index.ts';
import type { Elbv2Handler } from '../core.ts';
import { sslPolicies } from '../listeners/ssl-policies.ts';
import { listPage } from '../paging.ts';

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeSSLPolicies.html */
export function describeSslPolicies(): Elbv2Handler<'DescribeSSLPolicies'> {
  return (input) => {
    const { Names: names = [], LoadBalancerType: type } = input;
    const missing = names.find((name) => !sslPolicies.some(({ Name }) => Name === name));
    if (missing !== undefined) throw new ApiError('SSLPolicyNotFound', `SSL policy '${missing}' not found`);
    const found = sslPolicies.filter(
      ({ Name = '', SupportedLoadBalancerTypes: types = [] }) =>
        (names.length === 0 || names.includes(Name)) && (type === undefined || types.includes(type)),
    );
    const { items, next } = listPage(found, ({ Name = '' }) => Name, input);
    return { SslPolicies: items, ...next };
  };
}
