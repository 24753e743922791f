import type { Controller } from '../../reconcile/index.ts';
import { removeParameter } from './actions/delete-parameter.ts';
import { isExpired, type SsmDeps } from './core.ts';
import { parameters } from './records/parameter.ts';

/** Deletes parameters at the time their Expiration policy says. */
export function parameterExpiration({ db, clock }: Pick<SsmDeps, 'db' | 'clock'>): Controller {
  const table = db.table(parameters);
  return {
    name: 'parameter-expiration',
    watch(enqueue) {
      for (const value of table.values('expiring')) for (const key of table.keys('expiring', value)) enqueue(key);
      return table.onChange(({ key, after }) => {
        if (after?.expiration !== undefined) enqueue(key);
      });
    },
    async reconcile(key) {
      const expiration = table.get(key)?.row.expiration;
      if (expiration === undefined) return {};
      const nowMs = clock.nowMs();
      if (expiration.expiresAtMs > nowMs) return { wakeAtMs: expiration.expiresAtMs };
      await db.transact((tx) => {
        const row = tx.get(parameters, key);
        // Since it was found, it may have been given another time.
        if (row !== undefined && isExpired(row, nowMs)) removeParameter(tx, row);
      });
      return {};
    },
  };
}
