import type { Database, Transaction } from './database.ts';

/** Where rows can be read by key: a transaction, or the tables as they are now. */
export type Rows = Pick<Transaction, 'get'>;

/** The tables as they are now, for answers that need no transaction. */
export function presentRows(database: Database): Rows {
  return { get: (spec, key) => database.get(spec, key)?.row };
}
