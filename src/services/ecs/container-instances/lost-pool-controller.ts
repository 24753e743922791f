import type { Clock, Log } from '../../../kernel/index.ts';
import type { Controller } from '../../../reconcile/index.ts';
import type { Database } from '../../../store/index.ts';
import type { AgentConnections } from '../agent-gateway/connections.ts';
import { containerInstances, type ContainerInstanceRecord } from '../records/container-instance.ts';

/**
 * Unless a setting says otherwise, a pool agent that was away for this long will not come back: its machine or its data are gone. Long enough for an operator to restart
 * a machine; its containers run on meanwhile, and are taken up again when it is back in time.
 */
export const poolAgentLostMs = 10 * 60_000;

export interface LostPoolDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly connections: Pick<AgentConnections, 'quietSinceMs'>;
  readonly lostMs: number;
}

/**
 * Deregisters machines of the hidden pool whose agent is lost, so that their tasks end (see orphans-controller) instead of looking RUNNING
 * for ever: their users cannot see the machine and could not deregister it. Machines of users' clusters stay until their user says so, as on ECS.
 */
export function lostPoolController({ db, clock, log, connections, lostMs }: LostPoolDeps): Controller {
  const table = db.table(containerInstances);
  const inPool = (row: ContainerInstanceRecord | undefined): boolean =>
    row?.launchType === 'FARGATE' && row.status !== 'INACTIVE';
  return {
    name: 'lost-pool-instances',
    watch(enqueue) {
      for (const value of table.values('cluster'))
        for (const key of table.keys('cluster', value)) if (inPool(table.get(key)?.row)) enqueue(key);
      return table.onChange(({ key, after }) => {
        if (inPool(after)) enqueue(key);
      });
    },
    async reconcile(key) {
      const instance = table.get(key)?.row;
      if (instance === undefined || !inPool(instance)) return {};
      const nowMs = clock.nowMs();
      const endedMs = connections.quietSinceMs(key);
      if (endedMs === undefined) return { wakeAtMs: nowMs + lostMs };
      // One that has just registered is about to connect for the first time.
      const quietSinceMs = Math.max(endedMs, instance.registeredAtMs);
      if (nowMs < quietSinceMs + lostMs) return { wakeAtMs: quietSinceMs + lostMs };
      await db.transact((tx) => {
        const row = tx.get(containerInstances, key);
        if (row === undefined || !inPool(row)) return;
        tx.put(containerInstances, key, { ...row, status: 'INACTIVE', version: row.version + 1 });
      });
      log.warn('a machine of the FARGATE pool was away for too long and is given up', { instance: key, quietSinceMs });
      return {};
    },
  };
}
