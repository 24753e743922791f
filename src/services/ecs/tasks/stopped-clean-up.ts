import type { Controller } from '../../../reconcile/index.ts';
import { stoppedMinute, tasks } from '../records/task.ts';
import type { TaskDeps } from './deps.ts';

/** Stopped tasks stay describable this long, as on AWS. */
export const stoppedTaskLifeMs = 60 * 60_000;
/** Tasks deleted in one transaction; each is read first, and a store takes 128 conditions and operations. */
const maxDeletedAtOnce = 60;
const periodMs = 60_000;

/** Deletes the records of tasks that stopped more than an hour ago. */
export function stoppedTaskCleanUp({ db, clock }: Pick<TaskDeps, 'db' | 'clock'>): Controller {
  const table = db.table(tasks);
  const due = (nowMs: number): readonly string[] => {
    const firstKept = Number(stoppedMinute(nowMs - stoppedTaskLifeMs));
    const keys: string[] = [];
    for (const minute of table.values('stoppedMinute')) {
      if (Number(minute) >= firstKept) continue;
      for (const key of table.keys('stoppedMinute', minute)) {
        if (keys.length >= maxDeletedAtOnce) return keys;
        keys.push(key);
      }
    }
    return keys;
  };
  return {
    name: 'stopped-task-clean-up',
    watch(enqueue) {
      enqueue(tasks.prefix);
      return () => undefined;
    },
    async reconcile() {
      const nowMs = clock.nowMs();
      const keys = due(nowMs);
      if (keys.length === 0) return { wakeAtMs: nowMs + periodMs };
      await db.transact((tx) => {
        for (const key of keys) if (tx.get(tasks, key)?.lastStatus === 'STOPPED') tx.delete(tasks, key);
      });
      return { wakeAtMs: nowMs };
    },
  };
}
