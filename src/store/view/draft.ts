import { Conflict, Internal, toBytes } from '../../kernel/index.ts';
import type { Condition, Operation, Revision } from '../store.ts';
import type { Transaction } from './database.ts';
import type { TableSpec } from './table.ts';
import type { AnyTableSpec } from './table-view.ts';
import type { View } from './view.ts';

interface Write {
  readonly row: unknown;
  readonly value: Uint8Array | undefined;
}

/** One run of a transaction's `build`: what it read, and what it wrote over that. */
export class Draft implements Transaction {
  readonly #view: View;
  readonly #reads = new Map<string, Revision>();
  readonly #writes = new Map<string, Write>();
  #finished = false;

  constructor(view: View) {
    this.#view = view;
  }

  get<Row, Index extends string>(spec: TableSpec<Row, Index>, key: string): Row | undefined {
    this.#check(spec, key);
    const own = this.#writes.get(key);
    return (own === undefined ? this.#read(spec, key) : own.row) as Row | undefined;
  }

  put<Row, Index extends string>(spec: TableSpec<Row, Index>, key: string, row: Row): void {
    this.#check(spec, key);
    this.#write(key, row);
  }

  create<Row, Index extends string>(spec: TableSpec<Row, Index>, key: string, row: Row): void {
    if (this.get(spec, key) !== undefined) throw new Conflict(`${key} exists`);
    this.#write(key, row);
  }

  delete<Row, Index extends string>(spec: TableSpec<Row, Index>, key: string): void {
    this.#check(spec, key);
    this.#writes.set(key, { row: undefined, value: undefined });
  }

  /** Ends the run: nothing can be read or written through it any more. */
  finish(): { readonly conditions: readonly Condition[]; readonly operations: readonly Operation[] } {
    this.#finished = true;
    return {
      conditions: [...this.#reads].map(([key, modRevision]) => ({ key, modRevision })),
      operations: [...this.#writes].map(([key, { value }]) =>
        value === undefined ? { delete: key } : { put: key, value },
      ),
    };
  }

  #read(spec: AnyTableSpec, key: string): unknown {
    const found = this.#view.table(spec).get(key);
    this.#reads.set(key, found?.modRevision ?? 0);
    return found?.row;
  }

  /** Encoded at once: what the caller does to its object afterwards is not written. */
  #write(key: string, row: unknown): void {
    const text: string | undefined = JSON.stringify(row);
    if (text === undefined) throw new Internal(`the row written to ${key} has no JSON`);
    this.#writes.set(key, { row, value: toBytes(text) });
  }

  #check(spec: AnyTableSpec, key: string): void {
    if (this.#finished) throw new Internal(`a transaction was used after it was built (${key})`);
    if (!key.startsWith(spec.prefix) || key === spec.prefix) {
      throw new Internal(`${key} is not a key of the table ${spec.prefix}`);
    }
  }
}
