import type { Clock } from '../../../kernel/index.ts';
import type { Controller } from '../../../reconcile/index.ts';
import type { Database } from '../../../store/index.ts';
import { containerInstances, type ContainerInstanceRecord } from '../records/container-instance.ts';
import { tasks } from '../records/task.ts';

/** Deregistered instances stay describable this long; counted from this process's start at the earliest. ECS promises no time. */
export const leftInstanceLifeMs = 60 * 60_000;

const isLeft = (row: ContainerInstanceRecord | undefined): boolean => row?.status === 'INACTIVE';

/** Deletes the records of instances that were deregistered and have no task left, so that they do not pile up for ever. */
export function leftInstanceCleanUp({ db, clock }: { readonly db: Database; readonly clock: Clock }): Controller {
  const table = db.table(containerInstances);
  const dueMs = new Map<string, number>();
  return {
    name: 'left-instance-clean-up',
    watch(enqueue) {
      for (const value of table.values('clusterStatus'))
        if (value.endsWith('/INACTIVE')) for (const key of table.keys('clusterStatus', value)) enqueue(key);
      return table.onChange(({ key, after }) => {
        if (isLeft(after)) enqueue(key);
      });
    },
    async reconcile(key) {
      if (!isLeft(table.get(key)?.row)) {
        dueMs.delete(key);
        return {};
      }
      const nowMs = clock.nowMs();
      const due = dueMs.get(key) ?? nowMs + leftInstanceLifeMs;
      dueMs.set(key, due);
      if (nowMs < due) return { wakeAtMs: due };
      if (db.table(tasks).count('instanceLive', key) > 0) return { wakeAtMs: nowMs + leftInstanceLifeMs };
      await db.transact((tx) => {
        if (isLeft(tx.get(containerInstances, key))) tx.delete(containerInstances, key);
      });
      dueMs.delete(key);
      return {};
    },
  };
}
