import type { Sealer } from '../../kernel/index.ts';
import type { Database } from '../../store/index.ts';
import { parameterVersions } from './records/parameter.ts';

/** Values sealed again in one transaction: each is read and written, and may have nearly 12 KB. */
const atOnce = 50;

/** The values of SecureString parameters, for a change of the sealing key. */
export function sealedParameters(
  db: Database,
  sealer: Sealer,
): { keyIds(): Iterable<string>; reseal(keyId: string): Promise<number> } {
  const table = db.table(parameterVersions);
  return {
    keyIds: () => table.values('sealingKey'),
    async reseal(keyId) {
      const { rows } = table.page('sealingKey', keyId, { limit: atOnce });
      if (rows.length === 0) return 0;
      await db.transact((tx) => {
        for (const { key } of rows) {
          const row = tx.get(parameterVersions, key);
          if (row === undefined || !row.sealed) continue;
          tx.put(parameterVersions, key, {
            ...row,
            value: sealer.seal(sealer.open(row.value, row.context), row.context),
          });
        }
      });
      return rows.length;
    },
  };
}
