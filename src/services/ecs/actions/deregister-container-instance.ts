import { describedInstance } from '../container-instances/described.ts';
import { findInstance } from '../container-instances/find-instance.ts';
import { invalidParameter } from '../errors.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { containerInstances } from '../records/container-instance.ts';
import { tasks } from '../records/task.ts';
import { activeCluster } from '../references.ts';
import type { EcsHandler, TaskDeps } from '../tasks/deps.ts';

/**
 * The instance leaves for good: it becomes INACTIVE and its agent is turned away. With `force` its tasks are given up (see
 * container-instances/orphans-controller).
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterContainerInstance.html
 */
export function deregisterContainerInstance({ db, ledger }: TaskDeps): EcsHandler<'DeregisterContainerInstance'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const { result } = await db.transact((tx) => {
      const cluster = activeCluster(tx, scope, input.cluster);
      const found = findInstance(tx, scope, cluster.name, input.containerInstance);
      if (found === undefined || found.instance.status === 'INACTIVE')
        throw invalidParameter('The referenced container instance was not found.');
      if (input.force !== true && db.table(tasks).count('instanceLive', found.key) > 0)
        throw invalidParameter('Found running tasks on the instance.');
      const left = { ...found.instance, status: 'INACTIVE' as const, version: found.instance.version + 1 };
      tx.put(containerInstances, found.key, left);
      return { left, available: ledger.available(found.key) };
    });
    return { containerInstance: describedInstance(result.left, { available: result.available, tags: true }) };
  };
}
