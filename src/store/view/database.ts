import type { Revision } from '../store.ts';
import type { Table, TableSpec, Versioned } from './table.ts';

/** A transaction being put together: reads become conditions, writes become operations. */
export interface Transaction {
  /** Reads a row; the transaction commits only if it is still the same then (also when it is absent). */
  get<Row, Index extends string>(spec: TableSpec<Row, Index>, key: string): Row | undefined;
  /**
   * Writes a row. Read it in this transaction first, unless overwriting whatever is there is meant.
   * The object is the tables' from then on, which hand it out as it is: never change it afterwards.
   */
  put<Row, Index extends string>(spec: TableSpec<Row, Index>, key: string, row: Row): void;
  /** Writes a row that must not exist yet. @throws Conflict when the tables already show one */
  create<Row, Index extends string>(spec: TableSpec<Row, Index>, key: string, row: Row): void;
  delete<Row, Index extends string>(spec: TableSpec<Row, Index>, key: string): void;
}

export interface Committed<Result> {
  readonly result: Result;
  readonly revision: Revision;
}

/** What services and controllers see of the store: tables to read, optimistic transactions to write. */
export interface Database {
  /** The revision all tables show. */
  readonly revision: Revision;
  table<Row, Index extends string>(spec: TableSpec<Row, Index>): Table<Row, Index>;
  get<Row, Index extends string>(spec: TableSpec<Row, Index>, key: string): Versioned<Row> | undefined;
  /**
   * Runs `build` against the present tables and commits what it wrote, atomically and durably. When another writer was
   * faster it waits for the tables to catch up and runs `build` again (at most `maxAttempts` times), so `build` must be
   * free of effects outside the transaction. What `build` throws aborts the transaction and is thrown on.
   * @throws Conflict after `maxAttempts` refusals; whatever Store.transact throws
   */
  transact<Result>(build: (tx: Transaction) => Result): Promise<Committed<Result>>;
}
