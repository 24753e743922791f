import type { AgentConnections } from '../agent-gateway/connections.ts';
import { tasks } from '../records/task.ts';
import type { TaskDeps } from './deps.ts';
import { toldToStop } from './stopped.ts';
import { writeTask } from './write-task.ts';

/** Tasks told in one transaction: task, interface, address, its place in a registry and up to five targets each, read and written. */
const maxAtOnce = 6;

export interface StopEverythingRequest {
  /** What the tasks say stopped them. */
  readonly reason: string;
  /** How long to wait for the agents to stop what runs. */
  readonly withinMs: number;
  /** How long an agent without a session may take to have one; then its tasks are waited for no longer. */
  readonly connectedWithinMs: number;
}

export interface StoppedEverything {
  /** Tasks that were told to stop. */
  readonly told: number;
  /** Tasks that had not stopped when the time was over. */
  readonly left: number;
  /** Those of them whose agent has no session. */
  readonly unreachable: number;
}

type Deps = Pick<TaskDeps, 'db' | 'interfaces' | 'volumes' | 'targets' | 'registrar' | 'clock'> & {
  readonly connections: Pick<AgentConnections, 'quietSinceMs'>;
};

const pollEveryMs = 250;

/** How many tasks of all accounts have not stopped. */
export function liveTaskCount({ db }: Pick<Deps, 'db'>): number {
  const table = db.table(tasks);
  let count = table.count('unplaced', 'all');
  for (const instance of table.values('instanceLive')) count += table.count('instanceLive', instance);
  return count;
}

/** Tells every task of every account to stop, and waits until all have, the time is over, or only agents are left that are not there. */
export async function stopEverything(deps: Deps, request: StopEverythingRequest): Promise<StoppedEverything> {
  const keys = liveKeys(deps);
  let told = 0;
  for (let at = 0; at < keys.length; at += maxAtOnce) {
    told += await tell(deps, keys.slice(at, at + maxAtOnce), request.reason);
  }
  await allStopped(deps, request);
  return { told, left: liveTaskCount(deps), unreachable: unreachableCount(deps) };
}

function unreachableCount({ db, connections }: Deps): number {
  const table = db.table(tasks);
  let count = 0;
  for (const instance of table.values('instanceLive'))
    if (connections.quietSinceMs(instance) !== undefined) count += table.count('instanceLive', instance);
  return count;
}

function liveKeys({ db }: Deps): readonly string[] {
  const table = db.table(tasks);
  const keys = [...table.keys('unplaced', 'all')];
  for (const instance of table.values('instanceLive')) keys.push(...table.keys('instanceLive', instance));
  return keys;
}

async function tell(deps: Deps, keys: readonly string[], reason: string): Promise<number> {
  const { db, clock } = deps;
  const { result } = await db.transact((tx) => {
    let count = 0;
    for (const key of keys) {
      const task = tx.get(tasks, key);
      if (task === undefined || task.desiredStatus === 'STOPPED') continue;
      // Nobody waits for connections to drain when the whole installation goes.
      const told = toldToStop(task, { stopCode: 'UserInitiated', reason, nowMs: clock.nowMs(), atOnce: true });
      writeTask(tx, deps, told);
      count += 1;
    }
    return count;
  });
  return result;
}

function allStopped(deps: Deps, { withinMs, connectedWithinMs }: StopEverythingRequest): Promise<void> {
  const { db, clock } = deps;
  const startedAtMs = clock.nowMs();
  return new Promise((resolve) => {
    if (liveTaskCount(deps) === 0) return resolve();
    let cancel: () => void = () => undefined;
    const finish = (): void => {
      cancel();
      unfollow();
      resolve();
    };
    const look = (): void => {
      const waitedMs = clock.nowMs() - startedAtMs;
      if (waitedMs >= withinMs || (waitedMs >= connectedWithinMs && unreachableCount(deps) === liveTaskCount(deps)))
        return finish();
      cancel = clock.after(pollEveryMs, look);
    };
    const unfollow = db.table(tasks).onChange(({ after }) => {
      if ((after === undefined || after.lastStatus === 'STOPPED') && liveTaskCount(deps) === 0) finish();
    });
    cancel = clock.after(pollEveryMs, look);
  });
}
