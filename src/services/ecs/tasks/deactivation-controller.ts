import type { Controller } from '../../../reconcile/index.ts';
import { tasks, type TaskRecord } from '../records/task.ts';
import { maxDrainMs } from '../service-connect/limits.ts';
import type { TaskDeps } from './deps.ts';
import { writeTask } from './write-task.ts';

/**
 * Tasks that are to stop and are targets of a load balancer or hosts of Service Connect: they stay DEACTIVATING until every target has left its group and no
 * proxy calls them, which is when nothing is in flight to them any more or the time to drain is over. Then they are STOPPING, and their agents hear of it.
 */
export function deactivationController(deps: TaskDeps): Controller {
  const { db, targets, connects, clock } = deps;
  const table = db.table(tasks);
  return {
    name: 'task-deactivation',
    watch(enqueue) {
      const stopTasks = table.onChange(({ key, after }) => {
        if (after?.lastStatus === 'DEACTIVATING') enqueue(key);
      });
      const stopTargets = targets.onTargetsChanged((arn) => {
        for (const key of table.keys('deactivating', arn)) enqueue(key);
      });
      const stopConnects = connects.onReleased(enqueue);
      for (const arn of table.values('deactivating')) for (const key of table.keys('deactivating', arn)) enqueue(key);
      return () => {
        stopTasks();
        stopTargets();
        stopConnects();
      };
    },
    async reconcile(key) {
      const task = db.get(tasks, key)?.row;
      if (task?.lastStatus !== 'DEACTIVATING') return {};
      const states = statesOf(deps, task);
      if (states.length > 0 && states.every((state) => state === 'draining')) return {};
      const drainedAtMs = (task.stoppingAtMs ?? 0) + maxDrainMs;
      if (states.length === 0 && connects.holds(key) && clock.nowMs() < drainedAtMs) return { wakeAtMs: drainedAtMs };
      await db.transact((tx) => {
        const present = tx.get(tasks, key);
        if (present?.lastStatus !== 'DEACTIVATING') return;
        // One that somebody registered anew meanwhile is told to leave again.
        if (statesOf(deps, present).length > 0) return writeTask(tx, deps, present);
        const { targets: _left, ...rest } = present;
        writeTask(tx, deps, { ...rest, lastStatus: 'STOPPING', version: present.version + 1 });
      });
      return {};
    },
  };
}

/** Of the targets that are still there. */
function statesOf({ targets }: TaskDeps, task: TaskRecord): readonly string[] {
  const scope = { account: task.account, region: task.region };
  return (task.targets ?? []).flatMap(
    ({ targetGroupArn, ...target }) => targets.health(scope, targetGroupArn, target)?.state ?? [],
  );
}
