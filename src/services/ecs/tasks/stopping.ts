import { tasks, type TaskRecord } from '../records/task.ts';
import type { TaskDeps } from './deps.ts';
import { furthest } from './lifecycle.ts';

/**
 * What the agent is told of a task. One that is DEACTIVATING is to stop, and something must be done before its containers are told (it is
 * deregistered from a load balancer, say): whoever wrote that status together with `desiredStatus: STOPPED` moves it on to STOPPING when
 * that is done, and only then the agent hears of it.
 */
export function toldToAgent(task: TaskRecord): TaskRecord['desiredStatus'] {
  return task.lastStatus === 'DEACTIVATING' ? 'RUNNING' : task.desiredStatus;
}

/** The agent has the order to stop: from now on ECS waits for its containers to end. @returns the same record when that is no news */
function stopAccepted(task: TaskRecord): TaskRecord {
  if (toldToAgent(task) !== 'STOPPED') return task;
  const lastStatus = furthest(task.lastStatus, 'STOPPING');
  return lastStatus === task.lastStatus ? task : { ...task, lastStatus, version: task.version + 1 };
}

/** Brings into the record of a task that its agent has the order to stop it. */
export async function recordStopAccepted({ db }: Pick<TaskDeps, 'db'>, key: string): Promise<void> {
  await db.transact((tx) => {
    const task = tx.get(tasks, key);
    if (task === undefined) return;
    const next = stopAccepted(task);
    if (next !== task) tx.put(tasks, key, next);
  });
}
