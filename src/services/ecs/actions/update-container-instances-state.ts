import type { ContainerInstance, Failure } from '../../../protocol/generated/ecs.ts';
import { describedInstance } from '../container-instances/described.ts';
import { findInstance, referredArn } from '../container-instances/find-instance.ts';
import { invalidParameter } from '../errors.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { containerInstances } from '../records/container-instance.ts';
import { activeCluster } from '../references.ts';
import type { EcsHandler, TaskDeps } from '../tasks/deps.ts';

const maxInstances = 10;

/** ACTIVE and DRAINING; no new task is placed on a draining instance. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateContainerInstancesState.html */
export function updateContainerInstancesState({ db, ledger }: TaskDeps): EcsHandler<'UpdateContainerInstancesState'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const { status } = input;
    if (status !== 'ACTIVE' && status !== 'DRAINING')
      throw invalidParameter('Container instance status should be one of [ACTIVE,DRAINING]');
    if (input.containerInstances.length === 0) throw invalidParameter('Container instances cannot be empty.');
    if (input.containerInstances.length > maxInstances)
      throw invalidParameter(`containerInstances can have at most ${maxInstances} items.`);
    const { result } = await db.transact((tx) => {
      const cluster = activeCluster(tx, scope, input.cluster);
      const updated: ContainerInstance[] = [];
      const failures: Failure[] = [];
      for (const reference of new Set(input.containerInstances)) {
        const found = findInstance(tx, scope, cluster.name, reference);
        const arn = referredArn(scope, cluster.name, reference);
        if (found === undefined) failures.push({ arn, reason: 'MISSING' });
        else if (found.instance.status === 'INACTIVE') failures.push({ arn, reason: 'INACTIVE' });
        else {
          const changed =
            found.instance.status === status
              ? found.instance
              : { ...found.instance, status, version: found.instance.version + 1 };
          if (changed !== found.instance) tx.put(containerInstances, found.key, changed);
          updated.push(describedInstance(changed, { available: ledger.available(found.key), tags: true }));
        }
      }
      return { containerInstances: updated, failures };
    });
    return result;
  };
}
