import type { Controller, ReconcileResult } from '../../../reconcile/index.ts';
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
/** How often waiting tasks are looked at when nothing told of new room, such as an agent that connected. */
export const sweepPauseMs = 1_000;
/** Waiting tasks looked at in one go, so that a hundred thousand of them hold up nobody else. */
const tasksAtOnce = 500;
const noCapacity = 'Capacity is unavailable at this time. Please try again later or in a different availability zone';
/** The key of the sweep; every other key is a task's. */
const sweepKey = 'all-waiting';

/**
 * Finds room for FARGATE tasks on the hidden pool: for a new one at once, for those that wait whenever room may have been made. One
 * that waited too long fails in AWS's words.
 */
export function placementController(deps: TaskDeps): Controller {
  const table = deps.db.table(tasks);
  const sweep = new Sweep(deps);
  return {
    name: 'task-placement',
    watch(enqueue) {
      const roomMade = (): void => {
        if (table.count('unplaced', 'all') > 0) enqueue(sweepKey);
      };
      const stopTasks = table.onChange(({ key, before, after }) => {
        if (after !== undefined && isWaiting(after)) enqueue(key);
        else if (before?.launchType === 'FARGATE' && before.lastStatus !== 'STOPPED' && after?.lastStatus === 'STOPPED')
          roomMade();
      });
      const stopInstances = deps.db.table(containerInstances).onChange(({ after }) => {
        if (after?.launchType === 'FARGATE') roomMade();
      });
      for (const key of table.keys('unplaced', 'all')) enqueue(key);
      return () => {
        stopTasks();
        stopInstances();
      };
    },
    reconcile: (key) => (key === sweepKey ? sweep.step() : placeOrFail(deps, key)),
  };
}

function isWaiting(task: TaskRecord): boolean {
  return task.instanceKey === undefined && task.lastStatus !== 'STOPPED';
}

/** A new task, or one whose time is over. */
async function placeOrFail(deps: TaskDeps, key: string): Promise<ReconcileResult> {
  const { db, clock } = deps;
  const task = db.get(tasks, key)?.row;
  if (task === undefined || !isWaiting(task)) return {};
  const deadlineMs = task.createdAtMs + capacityWaitMs;
  // The sweep is placing it just now: to reserve again would move its reservation under a commit that is on its way.
  if (deps.ledger.isReserved(key)) return { wakeAtMs: Math.max(deadlineMs, clock.nowMs() + sweepPauseMs) };
  const chosen = choose(deps, key, task);
  if (chosen !== undefined && (await commit(deps, key, chosen))) return {};
  if (clock.nowMs() < deadlineMs) return { wakeAtMs: deadlineMs };
  await db.transact((tx) => {
    const waiting = tx.get(tasks, key);
    if (waiting === undefined || !isWaiting(waiting)) return;
    const why = { stopCode: 'TaskFailedToStart', stoppedReason: noCapacity, version: waiting.version + 1 } as const;
    writeTask(tx, deps, stopped({ ...waiting, ...why }, { nowMs: clock.nowMs(), reason: '' }));
  });
  return {};
}

/** What decides whether there is room for a task: two of one shape fare alike. */
function shapeOf({ resources, availabilityZone }: TaskRecord): string {
  return `${resources.cpuUnits}/${resources.memoryMiB}/${availabilityZone ?? ''}`;
}

/** Goes over the waiting tasks, oldest first, some at a time. */
class Sweep {
  readonly #deps: TaskDeps;
  #after: string | undefined;
  /** Shapes that found no room in this round: the next of them need not look. */
  readonly #full = new Set<string>();

  constructor(deps: TaskDeps) {
    this.#deps = deps;
  }

  async step(): Promise<ReconcileResult> {
    const { db, clock, ledger } = this.#deps;
    const after = this.#after;
    const page = db
      .table(tasks)
      .page('unplaced', 'all', { limit: tasksAtOnce, ...(after === undefined ? {} : { after }) });
    this.#after = page.next;
    const commits: Promise<boolean>[] = [];
    for (const { key, row } of page.rows) {
      const shape = shapeOf(row);
      if (this.#full.has(shape) || ledger.isReserved(key)) continue;
      const chosen = choose(this.#deps, key, row);
      if (chosen === undefined) this.#full.add(shape);
      else commits.push(commit(this.#deps, key, chosen));
    }
    await Promise.all(commits);
    if (page.next !== undefined) return { wakeAtMs: clock.nowMs() };
    this.#full.clear();
    return db.table(tasks).count('unplaced', 'all') > 0 ? { wakeAtMs: clock.nowMs() + sweepPauseMs } : {};
  }
}

/** Chooses an instance for a task and reserves its room there. @returns undefined when there is no room now */
function choose({ ledger, ids }: TaskDeps, key: string, task: TaskRecord): string | undefined {
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
  if (!('placed' in placement)) return undefined;
  ledger.reserve({ taskKey: key, instanceKey: placement.placed, resources: task.resources, group });
  return placement.placed;
}

/** Writes where a task goes. @returns false when it still waits, because the instance has left meanwhile */
async function commit({ db, ledger }: TaskDeps, key: string, instanceKey: string): Promise<boolean> {
  try {
    const { result } = await db.transact((tx) => {
      const waiting = tx.get(tasks, key);
      if (waiting === undefined || !isWaiting(waiting)) return true;
      if (!takesTasks(tx, instanceKey)) return false;
      tx.put(tasks, key, { ...waiting, instanceKey, version: waiting.version + 1 });
      return true;
    });
    return result;
  } finally {
    ledger.release(key); // no effect once the place is committed
  }
}
