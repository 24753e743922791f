import type { Controller } from '../../../reconcile/index.ts';
import { containerInstances } from '../records/container-instance.ts';
import { fargatePoolCluster, platformAccount, platformRegion } from '../records/scope.ts';
import { tasks, type TaskRecord } from '../records/task.ts';
import { place } from '../scheduler/place.ts';
import type { TaskDeps } from './deps.ts';
import { stopped } from './stopped.ts';
import { takesTasks } from './takes-tasks.ts';
import { writeTask } from './write-task.ts';

const platformScope = { account: platformAccount, region: platformRegion };
/** How long a FARGATE task waits for capacity before it fails. */
export const capacityWaitMs = 5 * 60_000;
const retryMs = 1_000;
const noCapacity = 'Capacity is unavailable at this time. Please try again later or in a different availability zone';

/** Finds room for FARGATE tasks on the hidden pool; one that finds none waits, and fails in AWS's words when it waited too long. */
export function placementController(deps: TaskDeps): Controller {
  const { db, clock } = deps;
  const table = db.table(tasks);
  return {
    name: 'task-placement',
    watch(enqueue) {
      const enqueueAll = (): void => {
        for (const key of table.keys('unplaced', 'all')) enqueue(key);
      };
      const stopTasks = table.onChange(({ key, before, after }) => {
        if (after !== undefined && after.instanceKey === undefined && after.lastStatus !== 'STOPPED') enqueue(key);
        // Room was made: whoever waits may try again.
        else if (before?.launchType === 'FARGATE' && before.lastStatus !== 'STOPPED' && after?.lastStatus === 'STOPPED')
          enqueueAll();
      });
      const stopInstances = db.table(containerInstances).onChange(({ after }) => {
        if (after?.launchType === 'FARGATE') enqueueAll();
      });
      enqueueAll();
      return () => {
        stopTasks();
        stopInstances();
      };
    },
    async reconcile(key) {
      const task = table.get(key)?.row;
      if (task === undefined || task.instanceKey !== undefined || task.lastStatus === 'STOPPED') return {};
      const placed = await placeTask(deps, key, task);
      if (placed) return {};
      const nowMs = clock.nowMs();
      if (nowMs < task.createdAtMs + capacityWaitMs) return { wakeAtMs: nowMs + retryMs };
      await db.transact((tx) => {
        const waiting = tx.get(tasks, key);
        if (waiting === undefined || waiting.instanceKey !== undefined || waiting.lastStatus === 'STOPPED') return;
        const failed: TaskRecord = {
          ...waiting,
          stopCode: 'TaskFailedToStart',
          stoppedReason: noCapacity,
          version: waiting.version + 1,
        };
        writeTask(tx, deps.interfaces, stopped(failed, { nowMs, reason: '' }));
      });
      return {};
    },
  };
}

/** Places one task and commits it. @returns false when it still waits: there is no room now */
async function placeTask({ db, ledger, ids }: TaskDeps, key: string, task: TaskRecord): Promise<boolean> {
  const group = task.group ?? '';
  // The pool serves zones by their letter, whatever the region.
  const zones = task.availabilityZone === undefined ? undefined : [task.availabilityZone.slice(-1)];
  const placement = place(
    {
      launchType: 'FARGATE',
      group,
      resources: task.resources,
      requiresAttributes: [],
      constraints: [],
      strategies: [],
      chance: ids.fraction(),
      ...(zones === undefined ? {} : { zones }),
    },
    ledger.pool(platformScope, fargatePoolCluster),
  );
  if (!('placed' in placement)) return false;
  const instanceKey = placement.placed;
  ledger.reserve({ taskKey: key, instanceKey, resources: task.resources, group });
  try {
    const { result } = await db.transact((tx) => {
      const waiting = tx.get(tasks, key);
      if (waiting === undefined || waiting.instanceKey !== undefined || waiting.lastStatus === 'STOPPED') return true;
      if (!takesTasks(tx, instanceKey)) return false;
      tx.put(tasks, key, { ...waiting, instanceKey, version: waiting.version + 1 });
      return true;
    });
    return result;
  } finally {
    ledger.release(key); // no effect once the place is committed
  }
}
