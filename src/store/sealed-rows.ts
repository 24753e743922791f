import { sealingKeyOf, toBytes, type Sealer } from '../kernel/index.ts';
import type { Database } from './view/database.ts';
import type { TableSpec } from './view/table.ts';

/** Sealed values of one table, for a change of the sealing key. */
export interface SealedRows {
  /** Ids of the keys that at least one value needs; the empty one is of values that an older version did not seal. */
  keyIds(): Iterable<string>;
  /** Seals some values of a key again with the present one. @returns how many: 0 when none needs the key any more */
  reseal(keyId: string): Promise<number>;
}

export interface SealedTable<Row> {
  readonly spec: TableSpec<Row, 'sealingKey'>;
  /** Values sealed again in one transaction: each is read and written. */
  readonly atOnce: number;
  /** The sealed text of a row and what it is sealed for; undefined: the row has none. */
  read(row: Row): { readonly sealed: string; readonly context: string } | undefined;
  write(row: Row, sealed: string): Row;
}

/** The sealed values of a table. Its index `sealingKey` says which key a row needs. */
export function sealedRows<Row>(db: Database, sealer: Sealer, table: SealedTable<Row>): SealedRows {
  const { spec, atOnce, read, write } = table;
  const rows = db.table(spec);
  const again = (sealed: string, context: string): string =>
    sealer.seal(sealingKeyOf(sealed) === '' ? toBytes(sealed) : sealer.open(sealed, context), context);
  return {
    keyIds: () => rows.values('sealingKey'),
    async reseal(keyId) {
      const found = rows.page('sealingKey', keyId, { limit: atOnce }).rows;
      if (found.length === 0) return 0;
      await db.transact((tx) => {
        for (const { key } of found) {
          const row = tx.get(spec, key);
          const value = row && read(row);
          if (row !== undefined && value !== undefined)
            tx.put(spec, key, write(row, again(value.sealed, value.context)));
        }
      });
      return found.length;
    },
  };
}
