import { scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { operationNotPermitted } from '../errors.ts';
import { isProtected } from '../load-balancers/attributes.ts';
import { listenerKey, listeners } from '../records/listener.ts';
import { loadBalancerKey, loadBalancers } from '../records/load-balancer.ts';
import { findLoadBalancer } from '../references.ts';

/**
 * Deletes a load balancer with its listeners, interfaces and addresses at once; no error when it is gone.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html
 */
export function deleteLoadBalancer({ db, network, addresses }: Elbv2Deps): Elbv2Handler<'DeleteLoadBalancer'> {
  return async ({ LoadBalancerArn: arn }, context) => {
    const scope = scopeOf(context);
    await db.transact((tx) => {
      const row = findLoadBalancer(tx, scope, arn);
      if (row === undefined) return;
      if (isProtected(row)) {
        throw operationNotPermitted(`Load balancer '${arn}' cannot be deleted because deletion protection is enabled`);
      }
      // Whoever adds a listener writes the load balancer too, so none can appear in between.
      for (const { id } of row.listeners) tx.delete(listeners, listenerKey({ loadBalancer: row, id }));
      for (const zone of row.zones) network.removeInterface(tx, row, zone.networkInterfaceId);
      addresses.release(tx, row.loopbackAddress);
      tx.delete(loadBalancers, loadBalancerKey(scope, row.name));
    });
    return {};
  };
}
