import { ApiError } from '../../../protocol/api/index.ts';
import { presentRows, scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { loadBalancerNotFound, validationError } from '../errors.ts';
import { describedLoadBalancer } from '../load-balancers/described.ts';
import { nextMarker, tablePage } from '../paging.ts';
import { loadBalancerKey, loadBalancers, type LoadBalancerRecord } from '../records/load-balancer.ts';
import { scopeText } from '../records/scope.ts';
import { findLoadBalancer } from '../references.ts';

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html */
export function describeLoadBalancers({ db, states }: Elbv2Deps): Elbv2Handler<'DescribeLoadBalancers'> {
  const shown = (rows: readonly LoadBalancerRecord[]) => rows.map((row) => describedLoadBalancer(states, row));
  return (input, context) => {
    const scope = scopeOf(context);
    const { LoadBalancerArns: arns = [], Names: names = [] } = input;
    const rows = presentRows(db);
    if (arns.length > 0 && names.length > 0) {
      throw validationError('Load balancer names and load balancer ARNs cannot be specified at the same time');
    }
    if (arns.length > 0) {
      const found = [...new Set(arns)].map((arn) => findLoadBalancer(rows, scope, arn));
      if (found.includes(undefined)) throw new ApiError('LoadBalancerNotFound', 'One or more load balancers not found');
      return { LoadBalancers: shown(found.filter((row) => row !== undefined)) };
    }
    if (names.length > 0) {
      return {
        LoadBalancers: shown(
          [...new Set(names)].map((name) => {
            const row = rows.get(loadBalancers, loadBalancerKey(scope, name));
            if (row === undefined) throw loadBalancerNotFound(name, 'name');
            return row;
          }),
        ),
      };
    }
    const page = tablePage(db.table(loadBalancers), { index: 'scope', value: scopeText(scope) }, input);
    return { LoadBalancers: shown(page.rows.map(({ row }) => row)), ...nextMarker(page.next) };
  };
}
