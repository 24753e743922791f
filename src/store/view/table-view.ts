import { Internal, InvalidArgument, messageOf, toBytes, type Log } from '../../kernel/index.ts';
import { hashKey } from './key-index.ts';
import type { Place } from './postings.ts';
import type { PostingList } from './posting-list.ts';
import type { Slot } from './row-heap.ts';
import type { Rows } from './rows.ts';
import type { Page, PageRequest, RowChange, Table, TableSpec, Versioned } from './table.ts';
import { decodeToken, encodeToken } from './token.ts';

/** A table's shape, whatever its row. */
export type AnyTableSpec = TableSpec<never, never>;

type IndexFunction = (row: unknown) => string | readonly string[] | undefined;
type Listener = (change: RowChange<unknown>) => void;

/** How many keys `keys()` decodes at a time: few at first, because many callers want the first alone. */
const firstKeyRun = 8;
const maxKeyRun = 256;

interface Index {
  readonly name: string;
  readonly valuesOf: IndexFunction;
  readonly values: Map<string, number>;
}

/** One table of the view. The view writes through `indexRow`, `size` and `announce`; everybody else reads. */
export class TableView implements Table<unknown, string> {
  readonly spec: TableSpec<unknown, string>;
  size = 0;
  readonly #rows: Rows;
  readonly #log: Log;
  readonly #indexes = new Map<string, Index>();
  readonly #listeners = new Set<Listener>();

  constructor(spec: AnyTableSpec, rows: Rows, log: Log) {
    this.spec = spec;
    this.#rows = rows;
    this.#log = log;
    for (const [name, valuesOf] of Object.entries(this.spec.indexes)) {
      this.#indexes.set(name, { name, valuesOf, values: new Map() });
    }
  }

  get(key: string): Versioned<unknown> | undefined {
    const slot = this.#slot(key);
    return slot === undefined ? undefined : this.#versioned(slot, key);
  }

  keeps(key: string): boolean {
    const slot = this.#slot(key);
    return slot !== undefined && this.#rows.cache.isKept(slot, this.#rows.heap.modRevision(slot));
  }

  count(index: string, value: string): number {
    return this.#list(index, value)?.size ?? 0;
  }

  page(index: string, value: string, { limit, after }: PageRequest): Page<unknown> {
    if (!Number.isSafeInteger(limit) || limit < 1) throw new InvalidArgument(`${limit} is not a number of rows`);
    const position = after === undefined ? undefined : decodeToken(after);
    const place = position && { createRevision: position.createRevision, key: toBytes(position.key) };
    // One row more than asked for tells whether there is a next page.
    const slots = this.#list(index, value)?.after(place, limit + 1) ?? [];
    const rows = slots.slice(0, limit).map((slot) => this.#versioned(slot, this.#rows.heap.key(slot)));
    const last = rows.at(-1);
    if (slots.length <= limit || last === undefined) return { rows };
    const createRevision = this.#rows.heap.createRevision(slots[limit - 1] as Slot);
    return { rows, next: encodeToken({ createRevision, key: last.key }) };
  }

  *keys(index: string, value: string): Iterable<string> {
    let place: Place | undefined;
    for (let run = firstKeyRun; ; run = Math.min(run * 4, maxKeyRun)) {
      // Looked up anew for each run: the list may change while the caller holds the iterator.
      const slots: readonly Slot[] = this.#list(index, value)?.after(place, run) ?? [];
      const last = slots.at(-1);
      if (last === undefined) return;
      const { heap } = this.#rows;
      place = { createRevision: heap.createRevision(last), key: heap.keyBytes(last) };
      yield* slots.map((slot) => heap.key(slot));
    }
  }

  values(index: string): Iterable<string> {
    return this.#index(index).values.keys();
  }

  onChange(listener: (change: RowChange<unknown>) => void): () => void {
    const own: Listener = (change) => listener(change);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  /** Ids of the posting lists a row belongs in. */
  postingsOf(key: string, row: unknown): number[] {
    const ids: number[] = [];
    for (const { name, valuesOf, values } of this.#indexes.values()) {
      let found: string | readonly string[] | undefined;
      try {
        found = valuesOf(row);
      } catch (thrown) {
        this.#log.error('index of a row failed; the row is not found by it', {
          key,
          index: name,
          error: messageOf(thrown),
        });
      }
      if (found === undefined) continue;
      if (typeof found === 'string') ids.push(this.#rows.postings.intern(values, found));
      else for (const value of new Set(found)) ids.push(this.#rows.postings.intern(values, value));
    }
    return ids;
  }

  announce(change: RowChange<unknown>): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (thrown) {
        this.#log.error('a listener of a table failed', { key: change.key, error: messageOf(thrown) });
      }
    }
  }

  #slot(key: string): Slot | undefined {
    if (!key.startsWith(this.spec.prefix)) return undefined;
    const { bytes, hash } = hashKey(key);
    return this.#rows.keys.find(bytes, hash);
  }

  #versioned(slot: Slot, key: string): Versioned<unknown> {
    return { key, row: this.#rows.row(slot), modRevision: this.#rows.heap.modRevision(slot) };
  }

  #list(index: string, value: string): PostingList<Place> | undefined {
    const id = this.#index(index).values.get(value);
    return id === undefined ? undefined : this.#rows.postings.list(id);
  }

  #index(name: string): Index {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new Internal(`the table ${this.spec.prefix} has no index ${name}`);
    return index;
  }
}
