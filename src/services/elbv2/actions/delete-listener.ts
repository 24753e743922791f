import { scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { ownerOf } from '../listeners/writes.ts';
import { listenerKey, listeners } from '../records/listener.ts';
import { loadBalancerKey, loadBalancers } from '../records/load-balancer.ts';
import { neededListener } from '../references.ts';

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteListener.html */
export function deleteListener({ db }: Elbv2Deps): Elbv2Handler<'DeleteListener'> {
  return async ({ ListenerArn: arn }, context) => {
    await db.transact((tx) => {
      const row = neededListener(tx, scopeOf(context), arn);
      const loadBalancer = ownerOf(tx, row);
      const left = loadBalancer.listeners.filter(({ id }) => id !== row.id);
      tx.put(loadBalancers, loadBalancerKey(loadBalancer, loadBalancer.name), { ...loadBalancer, listeners: left });
      tx.delete(listeners, listenerKey(row));
    });
    return {};
  };
}
