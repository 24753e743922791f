import { Conflict, Internal, toBytes } from '../../kernel/index.ts';
import type { Condition, Operation, Revision } from '../store.ts';
import type { Transaction } from './database.ts';
import type { TableSpec } from './table.ts';
import type { AnyTableSpec } from './table-view.ts';
import type { View, WrittenRow } from './view.ts';

interface Write {
  readonly row: unknown;
  /** The row's JSON; absent: deleted. */
  readonly text: string | undefined;
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
    this.#writes.set(key, { row: undefined, text: undefined });
  }

  /** Ends the run: nothing can be read or written through it any more. */
  finish(): {
    readonly conditions: readonly Condition[];
    readonly operations: readonly Operation[];
    readonly written: readonly WrittenRow[];
  } {
    this.#finished = true;
    const conditions: Condition[] = [];
    for (const [key, modRevision] of this.#reads) conditions.push({ key, modRevision });
    const valueOf = encoded(this.#writes.values());
    const operations: Operation[] = [];
    const written: WrittenRow[] = [];
    for (const [key, { row, text }] of this.#writes) {
      if (text === undefined) {
        operations.push({ delete: key });
        continue;
      }
      const value = valueOf(text);
      operations.push({ put: key, value });
      written.push({ key, value, row });
    }
    return { conditions, operations, written };
  }

  #read(spec: AnyTableSpec, key: string): unknown {
    const found = this.#view.table(spec).get(key);
    this.#reads.set(key, found?.modRevision ?? 0);
    return found?.row;
  }

  /** The row is the tables' from here on: they hand it out as it is, so its caller must not change it any more. */
  #write(key: string, row: unknown): void {
    const text: string | undefined = JSON.stringify(row);
    if (text === undefined) throw new Internal(`the row written to ${key} has no JSON`);
    this.#writes.set(key, { row: this.#view.rows.shared(row), text });
  }

  #check(spec: AnyTableSpec, key: string): void {
    if (this.#finished) throw new Internal(`a transaction was used after it was built (${key})`);
    if (!key.startsWith(spec.prefix) || key === spec.prefix) {
      throw new Internal(`${key} is not a key of the table ${spec.prefix}`);
    }
  }
}

/** How to get the bytes of each text, in order. One buffer holds all: a buffer of its own for each would cost more than encoding it. */
function encoded(writes: Iterable<Write>): (text: string) => Uint8Array {
  let all = '';
  for (const { text } of writes) if (text !== undefined) all += text;
  const bytes = toBytes(all);
  // With other characters than ASCII a text is longer in bytes.
  if (bytes.length !== all.length) return toBytes;
  let offset = 0;
  return ({ length }) => bytes.subarray(offset, (offset += length));
}
