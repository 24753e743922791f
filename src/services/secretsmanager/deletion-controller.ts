import type { Controller } from '../../reconcile/index.ts';
import { removeSecret } from './actions/delete-secret.ts';
import type { SecretsManagerDeps } from './core.ts';
import { secrets } from './records/secret.ts';

/** Removes secrets whose recovery window is over. */
export function secretDeletion({ db, clock }: Pick<SecretsManagerDeps, 'db' | 'clock'>): Controller {
  const table = db.table(secrets);
  return {
    name: 'secret-deletion',
    watch(enqueue) {
      for (const value of table.values('leaving')) for (const key of table.keys('leaving', value)) enqueue(key);
      return table.onChange(({ key, after }) => {
        if (after?.goesAtMs !== undefined) enqueue(key);
      });
    },
    async reconcile(key) {
      const goesAtMs = table.get(key)?.row.goesAtMs;
      const nowMs = clock.nowMs();
      if (goesAtMs === undefined) return {};
      if (goesAtMs > nowMs) return { wakeAtMs: goesAtMs };
      await db.transact((tx) => {
        const row = tx.get(secrets, key);
        // Since it was found, it may have been restored.
        if (row?.goesAtMs !== undefined && row.goesAtMs <= nowMs) removeSecret(tx, key, row);
      });
      return {};
    },
  };
}
