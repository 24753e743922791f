import { Internal, toText, type Log } from '../../kernel/index.ts';
import { keyOfEvent } from '../event.ts';
import { compareKeys } from '../keys.ts';
import type { Entry, Revision, StoreEvent } from '../store.ts';
import { hashKey } from './key-index.ts';
import { LazyChange } from './row-change.ts';
import { Rows } from './rows.ts';
import { TableView, type AnyTableSpec } from './table-view.ts';

interface Announcement {
  readonly table: TableView;
  readonly change: LazyChange;
}

/** A row and the bytes it was written as. */
export interface WrittenRow {
  readonly key: string;
  readonly value: Uint8Array;
  readonly row: unknown;
}

/** All tables in memory, as of one revision. Whole batches are applied before anybody is told. */
export class View {
  readonly rows: Rows;
  revision: Revision = 0;
  /** Ordered by prefix. */
  readonly #tables: readonly TableView[];
  readonly #bySpec: ReadonlyMap<unknown, TableView>;
  /** What this process is writing just now: its bytes need no decoding when they come back. */
  readonly #underWay = new Map<string, WrittenRow>();

  constructor(specs: readonly AnyTableSpec[], options: { readonly log: Log; readonly freezeRows: boolean }) {
    this.rows = new Rows(options.freezeRows);
    const sorted = specs.toSorted((left, right) => compareKeys(left.prefix, right.prefix));
    sorted.forEach((spec, at) => {
      const previous = sorted[at - 1];
      if (previous !== undefined && spec.prefix.startsWith(previous.prefix)) {
        throw new Internal(`the tables ${previous.prefix} and ${spec.prefix} would share keys`);
      }
    });
    this.#tables = sorted.map((spec) => new TableView(spec, this.rows, options.log));
    this.#bySpec = new Map(this.#tables.map((table) => [table.spec, table]));
  }

  table(spec: AnyTableSpec): TableView {
    const table = this.#bySpec.get(spec);
    if (table === undefined) {
      throw new Internal(`the table ${spec.prefix} was not named when the database was opened`);
    }
    return table;
  }

  /** Adds documents of a first listing; nobody is told. */
  load(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const table = this.#tableOf(entry.key);
      if (table !== undefined) this.#put(table, entry);
    }
  }

  /** Rows are about to be written. @returns to be called when they are, or were refused */
  expect(written: readonly WrittenRow[]): () => void {
    for (const one of written) this.#underWay.set(one.key, one);
    return () => {
      // Another transaction may be writing the same key meanwhile.
      for (const one of written) if (this.#underWay.get(one.key) === one) this.#underWay.delete(one.key);
    };
  }

  apply(events: readonly StoreEvent[], revision: Revision): void {
    const announcements: Announcement[] = [];
    for (const event of events) {
      const table = this.#tableOf(keyOfEvent(event));
      if (table === undefined) continue;
      const change = event.type === 'put' ? this.#put(table, event.entry) : this.#delete(table, event);
      if (change !== undefined) announcements.push({ table, change });
    }
    this.revision = revision;
    for (const { table, change } of announcements) table.announce(change);
  }

  /**
   * What makes the view equal to a listing: the entries it has not, and a delete for each row that was not listed,
   * in revision order. The view must not change between the pages.
   */
  difference(): { page(entries: readonly Entry[]): void; events(revision: Revision): StoreEvent[] } {
    const { heap, keys } = this.rows;
    const listed = new Uint8Array(heap.slots);
    const changed: Entry[] = [];
    return {
      page: (entries) => {
        for (const entry of entries) {
          const { bytes, hash } = hashKey(entry.key);
          const slot = keys.find(bytes, hash);
          if (slot !== undefined) listed[slot] = 1;
          if (slot === undefined || heap.modRevision(slot) !== entry.modRevision) changed.push(entry);
        }
      },
      events: (revision) => {
        changed.sort((left, right) => left.modRevision - right.modRevision);
        const events: StoreEvent[] = changed.map((entry) => ({ type: 'put', entry }));
        for (let slot = 0; slot < listed.length; slot += 1) {
          if (listed[slot] === 1 || !heap.isUsed(slot)) continue;
          // When it was deleted is not known any more; it was by this revision.
          events.push({ type: 'delete', key: heap.key(slot), modRevision: revision });
        }
        return events;
      },
    };
  }

  #put(table: TableView, entry: Entry): LazyChange | undefined {
    const { heap, keys, postings, cache } = this.rows;
    const { key, value, createRevision, modRevision } = entry;
    const { bytes, hash } = hashKey(key);
    const written = this.#underWay.get(key);
    const row = written?.value === value ? written.row : this.rows.decode(value, () => key);
    let slot = keys.find(bytes, hash);
    const change = table.hasListeners
      ? new LazyChange({ key, revision: modRevision, after: row }, slot === undefined ? undefined : this.#rowNow(slot))
      : undefined;
    // A row created again stands elsewhere in its lists, so it leaves them all first.
    if (slot !== undefined && heap.createRevision(slot) !== createRevision) {
      this.#remove(table, slot);
      slot = undefined;
    }
    const after = table.postingsOf(key, row);
    const record = { key: bytes, value, postings: after, createRevision, modRevision };
    if (slot === undefined) {
      slot = heap.add(record, hash);
      keys.add(slot);
      table.size += 1;
      for (const id of after) postings.list(id).insert(slot);
    } else {
      const before = heap.postings(slot);
      heap.replace(slot, record);
      for (const id of before) if (!after.includes(id)) postings.remove(id, slot);
      for (const id of after) if (!before.includes(id)) postings.list(id).insert(slot);
    }
    cache.keepWritten(slot, modRevision, row, value.length);
    return change;
  }

  #delete(table: TableView, event: { readonly key: string; readonly modRevision: Revision }): LazyChange | undefined {
    const { bytes, hash } = hashKey(event.key);
    const slot = this.rows.keys.find(bytes, hash);
    if (slot === undefined) return undefined;
    const before = this.#rowNow(slot);
    this.#remove(table, slot);
    return new LazyChange({ key: event.key, revision: event.modRevision, after: undefined }, before);
  }

  #remove(table: TableView, slot: number): void {
    for (const id of this.rows.heap.postings(slot)) this.rows.postings.remove(id, slot);
    this.rows.keys.remove(slot);
    this.rows.heap.remove(slot);
    this.rows.cache.forget(slot);
    table.size -= 1;
  }

  /** How to read the row of a slot as it is now, also later: bytes in the heap never change. */
  #rowNow(slot: number): () => unknown {
    const cached = this.rows.cache.get(slot, this.rows.heap.modRevision(slot));
    if (cached !== undefined) return () => cached;
    const value = this.rows.heap.valueBytes(slot);
    const key = this.rows.heap.keyBytes(slot);
    return () => this.rows.decode(value, () => toText(key));
  }

  /** The table whose prefix a key has: no prefix begins another, so it is the last one not behind the key. */
  #tableOf(key: string): TableView | undefined {
    let low = 0;
    let high = this.#tables.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys((this.#tables[middle] as TableView).spec.prefix, key) <= 0) low = middle + 1;
      else high = middle;
    }
    const table = this.#tables[low - 1];
    return table !== undefined && key.startsWith(table.spec.prefix) ? table : undefined;
  }
}
