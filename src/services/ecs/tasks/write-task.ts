import type { Transaction } from '../../../store/index.ts';
import type { InstanceRegistrar, TargetRegistrar, TaskInterfaces, TaskVolumes } from '../ports.ts';
import { isRegistrable, taskKey, tasks, type TaskRecord } from '../records/task.ts';
import { isLater } from './lifecycle.ts';

/** What a task holds outside of ECS, and gives up at its end. */
export interface TaskHoldings {
  readonly interfaces: TaskInterfaces;
  readonly volumes: TaskVolumes;
  readonly targets: TargetRegistrar;
  readonly registrar: InstanceRegistrar;
}

/**
 * Writes what became of a task. In the same transaction, one that is told to stop or ends by itself leaves its registry and its Service Connect endpoints,
 * before its agent hears of it; the
 * targets of one that is past RUNNING begin to leave; of one that is STOPPED interface and volume go too.
 */
export function writeTask(tx: Transaction, holdings: TaskHoldings, written: TaskRecord): void {
  const { interfaces, volumes, targets } = holdings;
  const task = isRegistrable(written) ? written : disconnected(tx, holdings, unregistered(tx, holdings, written));
  const key = taskKey(task, task.cluster, task.id);
  const scope = { account: task.account, region: task.region };
  const over = task.lastStatus === 'STOPPED';
  if (isLater(task.lastStatus, 'RUNNING'))
    for (const { targetGroupArn, ...target } of task.targets ?? []) {
      const state = targets.health(scope, targetGroupArn, target)?.state;
      if (state !== undefined && state !== 'draining') targets.deregister(tx, scope, targetGroupArn, [target]);
    }
  if (!over) return tx.put(tasks, key, task);
  const { targets: _left, ...rest } = task;
  tx.put(tasks, key, rest);
  if (task.attachment !== undefined) interfaces.remove(tx, scope, task.attachment.networkInterfaceId);
  const { volume } = task;
  if (volume?.made !== undefined)
    volumes.release(tx, scope, { volumeId: volume.made.volumeId, deletes: volume.status !== 'DETACHED' });
}

function unregistered(tx: Transaction, { registrar }: TaskHoldings, task: TaskRecord): TaskRecord {
  const { registered, registry, ...rest } = task;
  if (registered !== true || registry === undefined) return task;
  registrar.deregister(tx, { account: task.account, region: task.region }, registry.registryArn, task.id);
  return { ...rest, registry };
}

/** The same task, no host of its Service Connect endpoints any more. */
export function disconnected(
  tx: Transaction,
  { registrar }: Pick<TaskHoldings, 'registrar'>,
  task: TaskRecord,
): TaskRecord {
  const { connected, ...rest } = task;
  if (connected !== true) return task;
  const scope = { account: task.account, region: task.region };
  for (const { discoveryArn } of task.connect?.hosts ?? []) registrar.deregister(tx, scope, discoveryArn, task.id);
  return rest;
}
