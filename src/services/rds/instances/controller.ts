import type { Controller, ReconcileResult } from '../../../reconcile/index.ts';
import type { Transaction } from '../../../store/index.ts';
import type { RdsDeps } from '../core.ts';
import { dbInstances, taskFamily, type DBInstanceRecord } from '../records/db-instance.ts';
import { withPending } from './changes.ts';
import { databaseTask } from './container.ts';
import { decideInstance, type InstanceAction } from './decide.ts';

const stopReasons: Readonly<Record<string, string>> = {
  deleting: 'The DB instance is being deleted',
  stopping: 'The DB instance is being stopped',
};

/** Keeps every database as its record wants it: a container that runs, or none. */
export function instanceController(deps: RdsDeps): Controller {
  const { db, tasks, directories, clock } = deps;
  const table = db.table(dbInstances);
  return {
    name: 'db-instances',
    watch(enqueue) {
      const stopRows = table.onChange(({ key, after }) => {
        if (after !== undefined) enqueue(key);
      });
      const stopTasks = tasks.onChange((family) => {
        for (const key of table.keys('family', family)) enqueue(key);
      });
      for (const scope of table.values('scope')) for (const key of table.keys('scope', scope)) enqueue(key);
      return () => {
        stopRows();
        stopTasks();
      };
    },
    async reconcile(key): Promise<ReconcileResult> {
      const row = table.get(key)?.row;
      if (row === undefined) return {};
      const { account, resourceId } = row;
      const task = row.taskKey === undefined ? undefined : tasks.get(row.taskKey);
      const nowMs = clock.nowMs();
      if (task?.status === 'running' || task?.status === 'starting')
        await directories.sayPassword(account, resourceId, row.password);
      const ready = task?.status === 'running' ? await directories.ready(account, resourceId) : undefined;
      const { action, wakeAtMs } = decideInstance({ row, task, ready, nowMs });
      if (action !== undefined) await apply(deps, key, { row, action, reason: task?.reason });
      return wakeAtMs === undefined ? {} : { wakeAtMs };
    },
  };
}

interface Step {
  /** As it was when the action was decided. */
  readonly row: DBInstanceRecord;
  readonly action: InstanceAction;
  /** Why its last task ended. */
  readonly reason: string | undefined;
}

async function apply(deps: RdsDeps, key: string, step: Step): Promise<void> {
  const { db, directories, log } = deps;
  const { row, action, reason } = step;
  if (action.kind === 'startTask') {
    await directories.sayPassword(row.account, row.resourceId, row.password);
    if (row.startsInVain > 0) log.warn('a database did not come up', { db: row.id, account: row.account, reason });
    else if (row.state === 'available')
      log.warn('a database ended by itself', { db: row.id, account: row.account, reason });
  }
  if (action.kind === 'become' && action.state === 'failed')
    log.error('a database is given up', { db: row.id, account: row.account, reason });
  if (action.kind === 'remove') await directories.remove(row.account, row.resourceId);
  await db.transact((tx) => {
    const now = tx.get(dbInstances, key);
    // Decided of what is no more: whatever changed it has it decided again.
    if (now === undefined || now.state !== row.state || now.boots !== row.boots) return;
    write(tx, deps, { key, row: now, action });
  });
}

function write(
  tx: Transaction,
  deps: RdsDeps,
  { key, row, action }: { readonly key: string; readonly row: DBInstanceRecord; readonly action: InstanceAction },
): void {
  const { tasks, network } = deps;
  switch (action.kind) {
    case 'startTask':
      return tx.put(dbInstances, key, started(tx, deps, row));
    case 'stopTask':
      if (row.taskKey !== undefined)
        tasks.stop(tx, row.taskKey, stopReasons[row.state] ?? 'The DB instance is being restarted');
      return;
    case 'become':
      return tx.put(dbInstances, key, {
        ...row,
        state: action.state,
        ...(action.state === 'available' ? { startsInVain: 0 } : {}),
      });
    case 'applyPending':
      return tx.put(dbInstances, key, withPending(row));
    case 'remove':
      tx.delete(dbInstances, key);
      network.removeInterface(tx, row, row.interface.networkInterfaceId);
      return tasks.forget(tx, { region: row.region, family: taskFamily(row), revision: row.boots });
  }
}

function started(tx: Transaction, { tasks, directories, clock }: RdsDeps, row: DBInstanceRecord): DBInstanceRecord {
  const boots = row.boots + 1;
  const task = databaseTask(row, boots, directories.path(row.account, row.resourceId));
  return {
    ...row,
    // One that ended by itself is restarted, which AWS calls so too.
    state: row.state === 'available' ? 'rebooting' : row.state,
    boots,
    taskKey: tasks.start(tx, task),
    startsInVain: row.startsInVain + 1,
    lastStartMs: clock.nowMs(),
  };
}
