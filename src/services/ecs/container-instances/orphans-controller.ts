import type { Controller } from '../../../reconcile/index.ts';
import { containerInstances } from '../records/container-instance.ts';
import { tasks } from '../records/task.ts';
import type { TaskDeps } from '../tasks/deps.ts';
import { stopped } from '../tasks/stopped.ts';
import { writeTask } from '../tasks/write-task.ts';

/** Tasks given up in one transaction: task, interface, address and up to five targets each, read and written. */
const maxAtOnce = 6;
const deregistered = {
  stopCode: 'TerminationNotice',
  stoppedReason: 'Container instance deregistration forced by user',
} as const;
/** Nobody deregisters instances of the hidden pool but Longshore itself (see lost-pool-controller). */
const hostLost = {
  stopCode: 'InfrastructureHealth',
  stoppedReason: 'Task stopped because the machine it ran on was lost',
} as const;

/** Gives up the tasks of instances that were deregistered: nobody will report on them any more. */
export function orphansController(deps: TaskDeps): Controller {
  const { db, clock } = deps;
  const table = db.table(tasks);
  return {
    name: 'orphaned-tasks',
    watch(enqueue) {
      const instances = db.table(containerInstances);
      for (const value of instances.values('clusterStatus')) {
        if (value.endsWith('/INACTIVE')) for (const key of instances.keys('clusterStatus', value)) enqueue(key);
      }
      return instances.onChange(({ key, after }) => {
        if (after === undefined || after.status === 'INACTIVE') enqueue(key);
      });
    },
    async reconcile(instanceKey) {
      const instance = db.get(containerInstances, instanceKey)?.row;
      if (instance !== undefined && instance.status !== 'INACTIVE') return {};
      const keys: string[] = [];
      for (const key of table.keys('instanceLive', instanceKey)) if (keys.push(key) >= maxAtOnce) break;
      if (keys.length === 0) return {};
      const nowMs = clock.nowMs();
      await db.transact((tx) => {
        for (const key of keys) {
          const task = tx.get(tasks, key);
          if (task === undefined || task.lastStatus === 'STOPPED') continue;
          const why = task.launchType === 'FARGATE' ? hostLost : deregistered;
          writeTask(
            tx,
            deps,
            stopped(
              { ...(task.stopCode === undefined ? why : {}), ...task, version: task.version + 1 },
              { nowMs, reason: '' },
            ),
          );
        }
      });
      return { wakeAtMs: nowMs };
    },
  };
}
