import { invalidParameter } from '../errors.ts';
import { scopeOf, type EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { ownedBy } from '../records/service.ts';
import { taskSetKey, taskSets, type TaskSetRecord } from '../records/task-set.ts';
import { activeCluster } from '../references.ts';
import type { ServiceDeps } from '../services/deps.ts';
import { activeService } from '../services/find-service.ts';
import { describedTaskSet, requireTaskSet, requireTaskSets } from '../services/task-sets.ts';

/**
 * Drains a task set: the scheduler stops its tasks, then it is gone. One that still has a share needs `force`.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskSet.html
 */
export function deleteTaskSet({ db }: ServiceDeps): EcsHandler<'DeleteTaskSet'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const { result } = await db.transact((tx) => {
      const cluster = activeCluster(tx, scope, input.cluster);
      const service = activeService(tx, scope, cluster.name, input.service);
      requireTaskSets(service);
      const found = requireTaskSet(tx, service, input.taskSet);
      if (input.force !== true && found.scalePercent > 0)
        throw invalidParameter(
          'The task set cannot be deleted while it is scaled above 0. Scale it down or use force.',
        );
      const row: TaskSetRecord = { ...found, status: 'DRAINING', scalePercent: 0, updatedAtMs: context.receivedMs };
      tx.put(taskSets, taskSetKey(ownedBy(service), row.id), row);
      return { service, row };
    });
    return { taskSet: describedTaskSet(db, result.service, result.row, { tags: true }) };
  };
}
