import type { Clock } from '../../../kernel/index.ts';
import type { Controller } from '../../../reconcile/index.ts';
import type { Database, Transaction } from '../../../store/index.ts';
import type { ConnectNamespaces } from '../ports.ts';
import { connectEndpoints, endpointsOfService, type ConnectEndpointRecord } from '../records/connect-endpoint.ts';
import { serviceRevisionKey, serviceRevisions } from '../records/service-revision.ts';
import { ownedBy, serviceKey, services, type ServiceRecord } from '../records/service.ts';
import { tasks } from '../records/task.ts';

/** An endpoint whose last hosts are leaving is looked at again. */
const retryMs = 2_000;

/**
 * Endpoints that no deployment of their service has any more go, with their Cloud Map services, once they have no hosts. The key is a service's.
 */
export function endpointCleanUp({
  db,
  clock,
  namespaces,
}: {
  readonly db: Database;
  readonly clock: Clock;
  readonly namespaces: ConnectNamespaces;
}): Controller {
  const endpoints = db.table(connectEndpoints);
  const rowsOf = (value: string) =>
    [...endpoints.keys('service', value)].flatMap((key) => {
      const row = endpoints.get(key)?.row;
      return row === undefined ? [] : [{ key, row }];
    });
  return {
    name: 'service-connect-clean-up',
    watch(enqueue) {
      const stop = db.table(services).onChange(({ key, before, after }) => {
        const row = after ?? before;
        if (row === undefined) return;
        const value = endpointsOfService({ ...row, service: row.name });
        if (endpoints.count('service', value) > 0) enqueue(key);
      });
      for (const value of endpoints.values('service'))
        for (const { row } of rowsOf(value)) enqueue(serviceKey(row, row.cluster, row.service));
      return stop;
    },
    async reconcile(key) {
      const [account = '', region = '', cluster = '', service = ''] = key.split('/').slice(3);
      const found = rowsOf(endpointsOfService({ account, region, cluster, service }));
      if (found.length === 0) return {};
      const { result } = await db.transact((tx) => {
        const owner = tx.get(services, key);
        let waiting = false;
        for (const { key: endpointKey } of found) {
          const row = tx.get(connectEndpoints, endpointKey);
          if (row === undefined || isWanted(tx, owner, row)) continue;
          const hosts = db.table(tasks).count('connected', row.discoveryArn);
          if (hosts > 0 || !namespaces.removeService(tx, { account, region }, row.discoveryArn)) waiting = true;
          else tx.delete(connectEndpoints, endpointKey);
        }
        return waiting;
      });
      return result ? { wakeAtMs: clock.nowMs() + retryMs } : {};
    },
  };
}

/** Does a deployment of the service have it? */
function isWanted(tx: Transaction, owner: ServiceRecord | undefined, row: ConnectEndpointRecord): boolean {
  if (owner === undefined || owner.status === 'INACTIVE' || owner.incarnation !== row.incarnation) return false;
  return owner.deployments.some(({ revisionId }) =>
    tx
      .get(serviceRevisions, serviceRevisionKey(ownedBy(owner), revisionId))
      ?.connected?.discoveryArns.includes(row.discoveryArn),
  );
}
