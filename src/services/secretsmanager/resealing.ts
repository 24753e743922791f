import type { Sealer } from '../../kernel/index.ts';
import type { Database } from '../../store/index.ts';
import { secretValues } from './records/secret.ts';

/** Values sealed again in one transaction: each is read and written, and may have nearly 90 KB. */
const atOnce = 8;

/** The values of secrets, for a change of the sealing key. */
export function sealedSecrets(
  db: Database,
  sealer: Sealer,
): { keyIds(): Iterable<string>; reseal(keyId: string): Promise<number> } {
  const table = db.table(secretValues);
  return {
    keyIds: () => table.values('sealingKey'),
    async reseal(keyId) {
      const { rows } = table.page('sealingKey', keyId, { limit: atOnce });
      if (rows.length === 0) return 0;
      await db.transact((tx) => {
        for (const { key } of rows) {
          const row = tx.get(secretValues, key);
          if (row === undefined) continue;
          tx.put(secretValues, key, { ...row, sealed: sealer.seal(sealer.open(row.sealed, row.context), row.context) });
        }
      });
      return rows.length;
    },
  };
}
