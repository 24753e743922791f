import type { Controller } from '../../../reconcile/index.ts';
import type { Clock } from '../../../kernel/index.ts';
import type { Database } from '../../../store/index.ts';
import { taskDefinitions } from '../records/task-definition.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';

/** How much still stands on a revision; counted from indexes. */
export interface DefinitionUse {
  /** Tasks that are not STOPPED. */
  readonly liveTasks: number;
  /** Services, and their deployments, that have not ended. */
  readonly services: number;
}

/** What the deletion of revisions needs of tasks and services. */
export interface DefinitionUses {
  of(row: Pick<TaskDefinitionRecord, 'account' | 'region' | 'family' | 'revision'>): DefinitionUse;
}

/** How long until a revision that is still in use is looked at again, in milliseconds. */
export const useCheckPeriodMs = 30_000;

/** True when a revision may be removed for good: its deletion was asked for, and nothing that lives came from it. */
export function mayDelete(row: Pick<TaskDefinitionRecord, 'status'>, use: DefinitionUse): boolean {
  return row.status === 'DELETE_IN_PROGRESS' && use.liveTasks === 0 && use.services === 0;
}

/**
 * Removes DELETE_IN_PROGRESS revisions once nothing uses them. Its family's record stays, so the number never comes again.
 * No new task can come from such a revision, so what is counted only falls.
 */
export function definitionDeletion(deps: {
  readonly db: Database;
  readonly clock: Clock;
  readonly uses: DefinitionUses;
}): Controller {
  const { db, clock, uses } = deps;
  return {
    name: 'task-definition-deletion',
    watch(enqueue) {
      const table = db.table(taskDefinitions);
      const stop = table.onChange(({ key, after }) => {
        if (after?.status === 'DELETE_IN_PROGRESS') enqueue(key);
      });
      for (const value of table.values('scopeStatus')) {
        if (!value.endsWith('/DELETE_IN_PROGRESS')) continue;
        for (const key of table.keys('scopeStatus', value)) enqueue(key);
      }
      return stop;
    },
    async reconcile(key) {
      const row = db.get(taskDefinitions, key)?.row;
      if (row?.status !== 'DELETE_IN_PROGRESS') return {};
      if (!mayDelete(row, uses.of(row))) return { wakeAtMs: clock.nowMs() + useCheckPeriodMs };
      await db.transact((tx) => {
        if (tx.get(taskDefinitions, key)?.status === 'DELETE_IN_PROGRESS') tx.delete(taskDefinitions, key);
      });
      return {};
    },
  };
}
