import { scopeOf, type EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { invalidParameter } from '../errors.ts';
import { ownedBy, serviceKey, services } from '../records/service.ts';
import { taskSetKey, taskSets, type TaskSetRecord } from '../records/task-set.ts';
import { activeCluster } from '../references.ts';
import type { ServiceDeps } from '../services/deps.ts';
import { activeService } from '../services/find-service.ts';
import { describedTaskSet, requireTaskSet, requireTaskSets, taskSetsOf } from '../services/task-sets.ts';

/**
 * Says which task set is the service's PRIMARY; what the service shows of itself (task definition, launch type, load balancers) is its.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateServicePrimaryTaskSet.html
 */
export function updateServicePrimaryTaskSet({ db }: ServiceDeps): EcsHandler<'UpdateServicePrimaryTaskSet'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const nowMs = context.receivedMs;
    const { result } = await db.transact((tx) => {
      const cluster = activeCluster(tx, scope, input.cluster);
      const service = activeService(tx, scope, cluster.name, input.service);
      requireTaskSets(service);
      const found = requireTaskSet(tx, service, input.primaryTaskSet);
      if (found.status === 'DRAINING') throw invalidParameter('A task set that is DRAINING cannot be the PRIMARY.');
      for (const { id } of taskSetsOf(db, service)) {
        const other = tx.get(taskSets, taskSetKey(ownedBy(service), id));
        if (other?.status === 'PRIMARY' && id !== found.id)
          tx.put(taskSets, taskSetKey(ownedBy(service), id), { ...other, status: 'ACTIVE', updatedAtMs: nowMs });
      }
      const row: TaskSetRecord = { ...found, status: 'PRIMARY', updatedAtMs: nowMs };
      tx.put(taskSets, taskSetKey(ownedBy(service), row.id), row);
      const { launchType: _replaced, ...rest } = service;
      tx.put(services, serviceKey(scope, cluster.name, service.name), {
        ...rest,
        family: row.family,
        revision: row.revision,
        ...(row.launchType === undefined ? {} : { launchType: row.launchType }),
      });
      return { service, row };
    });
    return { taskSet: describedTaskSet(db, result.service, result.row, { tags: true }) };
  };
}
