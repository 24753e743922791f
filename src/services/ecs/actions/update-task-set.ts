import { scopeOf, type EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { ownedBy } from '../records/service.ts';
import { taskSetKey, taskSets, type TaskSetRecord } from '../records/task-set.ts';
import { activeCluster } from '../references.ts';
import type { ServiceDeps } from '../services/deps.ts';
import { activeService } from '../services/find-service.ts';
import { checkedScale, describedTaskSet, requireTaskSet, requireTaskSets } from '../services/task-sets.ts';

/** Changes a task set's share. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateTaskSet.html */
export function updateTaskSet({ db }: ServiceDeps): EcsHandler<'UpdateTaskSet'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const scalePercent = checkedScale(input.scale);
    const { result } = await db.transact((tx) => {
      const cluster = activeCluster(tx, scope, input.cluster);
      const service = activeService(tx, scope, cluster.name, input.service);
      requireTaskSets(service);
      const row: TaskSetRecord = {
        ...requireTaskSet(tx, service, input.taskSet),
        scalePercent,
        stabilityStatus: 'STABILIZING',
        stabilityStatusAtMs: context.receivedMs,
        updatedAtMs: context.receivedMs,
      };
      tx.put(taskSets, taskSetKey(ownedBy(service), row.id), row);
      return { service, row };
    });
    return { taskSet: describedTaskSet(db, result.service, result.row, { tags: true }) };
  };
}
