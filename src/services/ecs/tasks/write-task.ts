import type { Transaction } from '../../../store/index.ts';
import type { TaskInterfaces } from '../ports.ts';
import { taskKey, tasks, type TaskRecord } from '../records/task.ts';

/** Writes what became of a task; with the task STOPPED, its interface goes in the same transaction. */
export function writeTask(tx: Transaction, interfaces: TaskInterfaces, task: TaskRecord): void {
  tx.put(tasks, taskKey(task, task.cluster, task.id), task);
  if (task.lastStatus === 'STOPPED' && task.attachment !== undefined) {
    interfaces.remove(tx, { account: task.account, region: task.region }, task.attachment.networkInterfaceId);
  }
}
