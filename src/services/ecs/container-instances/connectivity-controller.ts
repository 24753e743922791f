import type { Clock } from '../../../kernel/index.ts';
import type { Controller } from '../../../reconcile/index.ts';
import type { Database } from '../../../store/index.ts';
import type { AgentConnections } from '../agent-gateway/connections.ts';
import { containerInstances } from '../records/container-instance.ts';
import { tasks, type TaskRecord } from '../records/task.ts';

/** How long an agent may be away before its tasks are shown as DISCONNECTED: a restart of the agent or of the server is no news. */
export const connectivityGraceMs = 60_000;
/** How often an agent's session is looked at, which is the longest that its tasks stay DISCONNECTED after it came back. */
export const connectivityLookMs = 15_000;
/** Tasks changed in one transaction, each read and written; a store takes 128 conditions and operations. */
const maxChangedAtOnce = 60;

export interface ConnectivityDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly connections: Pick<AgentConnections, 'quietSinceMs'>;
}

type Connectivity = NonNullable<TaskRecord['connectivity']>;

/**
 * Keeps `connectivity` of tasks true: DISCONNECTED once the agent was away for a while, CONNECTED when it is back. A task becomes CONNECTED
 * for the first time with its first report (see tasks/state-change).
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html
 */
export function connectivityController({ db, clock, connections }: ConnectivityDeps): Controller {
  const instances = db.table(containerInstances);
  const table = db.table(tasks);
  /** What all tasks of an instance are known to show; without an entry they are looked through. */
  const settled = new Map<string, Connectivity>();

  async function change(keys: readonly string[], connectivity: Connectivity): Promise<void> {
    const nowMs = clock.nowMs();
    await db.transact((tx) => {
      for (const key of keys) {
        const task = tx.get(tasks, key);
        if (task === undefined || !differs(task, connectivity)) continue;
        tx.put(tasks, key, { ...task, connectivity, connectivityAtMs: nowMs, version: task.version + 1 });
      }
    });
  }

  return {
    name: 'task-connectivity',
    watch(enqueue) {
      for (const value of instances.values('cluster')) for (const key of instances.keys('cluster', value)) enqueue(key);
      return instances.onChange(({ key }) => enqueue(key));
    },
    async reconcile(instanceKey) {
      const instance = instances.get(instanceKey)?.row;
      if (instance === undefined || instance.status === 'INACTIVE') {
        settled.delete(instanceKey);
        return {};
      }
      const nowMs = clock.nowMs();
      const quietSinceMs = connections.quietSinceMs(instanceKey);
      const connectivity = quietSinceMs === undefined ? 'CONNECTED' : 'DISCONNECTED';
      if (quietSinceMs !== undefined && nowMs < quietSinceMs + connectivityGraceMs)
        return { wakeAtMs: Math.min(quietSinceMs + connectivityGraceMs, nowMs + connectivityLookMs) };
      if (settled.get(instanceKey) !== connectivity) {
        const keys: string[] = [];
        for (const key of table.keys('instanceLive', instanceKey)) {
          const task = table.get(key)?.row;
          if (task !== undefined && differs(task, connectivity) && keys.push(key) >= maxChangedAtOnce) break;
        }
        if (keys.length > 0) {
          await change(keys, connectivity);
          return { wakeAtMs: nowMs };
        }
        settled.set(instanceKey, connectivity);
      }
      return { wakeAtMs: nowMs + connectivityLookMs };
    },
  };
}

/** A task whose agent never reported has no connectivity yet, and gets none here. */
function differs(task: TaskRecord, connectivity: Connectivity): boolean {
  return task.connectivity !== undefined && task.connectivity !== connectivity && task.lastStatus !== 'STOPPED';
}
