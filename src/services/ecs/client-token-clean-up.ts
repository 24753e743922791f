import type { Clock } from '../../kernel/index.ts';
import type { Controller } from '../../reconcile/index.ts';
import type { Database } from '../../store/index.ts';
import { forgottenTokens } from './idempotency.ts';
import { clientTokenLifeMs } from './limits.ts';
import { clientTokens } from './records/client-token.ts';

/** Records deleted in one transaction; each is read first, and a store takes 128 conditions and operations. */
const maxDeletedAtOnce = 60;
/** How often the records are looked at while none is due, in milliseconds. */
export const cleanUpPeriodMs = 10 * 60 * 1000;

/** Deletes the records of client tokens that are no longer remembered. */
export function clientTokenCleanUp({ db, clock }: { readonly db: Database; readonly clock: Clock }): Controller {
  return {
    name: 'client-token-clean-up',
    watch(enqueue) {
      enqueue(clientTokens.prefix);
      return () => undefined;
    },
    async reconcile() {
      const nowMs = clock.nowMs();
      const keys = forgottenTokens(db, nowMs, maxDeletedAtOnce);
      if (keys.length === 0) return { wakeAtMs: nowMs + cleanUpPeriodMs };
      await db.transact((tx) => {
        for (const key of keys) {
          const row = tx.get(clientTokens, key);
          // Since it was found, the token may have been used anew.
          if (row !== undefined && row.usedAtMs + clientTokenLifeMs <= nowMs) tx.delete(clientTokens, key);
        }
      });
      return { wakeAtMs: nowMs };
    },
  };
}
