import { presentRows, scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { listenersNotFound, validationError } from '../errors.ts';
import { describedListener } from '../listeners/described.ts';
import { listPage } from '../paging.ts';
import { listenerKey, listeners } from '../records/listener.ts';
import { findListener, neededLoadBalancer } from '../references.ts';

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeListeners.html */
export function describeListeners({ db }: Elbv2Deps): Elbv2Handler<'DescribeListeners'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const rows = presentRows(db);
    const { LoadBalancerArn: arn, ListenerArns: arns = [] } = input;
    if (arn !== undefined && arns.length > 0) {
      throw validationError('A load balancer ARN and listener ARNs cannot be specified at the same time');
    }
    if (arns.length > 0) {
      const found = [...new Set(arns)].map((one) => findListener(rows, scope, one));
      if (found.includes(undefined)) throw listenersNotFound();
      return { Listeners: found.filter((row) => row !== undefined).map(describedListener) };
    }
    if (arn === undefined) throw validationError('You must specify either listener ARNs or a load balancer ARN');
    const loadBalancer = neededLoadBalancer(rows, scope, arn);
    const { items, next } = listPage(loadBalancer.listeners, ({ id }) => id, input);
    const page = items.map(({ id }) => rows.get(listeners, listenerKey({ loadBalancer, id })));
    return { Listeners: page.filter((row) => row !== undefined).map(describedListener), ...next };
  };
}
