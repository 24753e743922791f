import type { RowChange, Table } from '../../store/index.ts';

/** Where a row stands: by rank, then by name. */
export interface SortedEntry {
  readonly rank: number;
  readonly name: string;
  readonly id: string;
}

/** Most entries kept over all values; the values unused for longest are forgotten, and read again when asked for. */
const maxEntries = 200_000;

/**
 * Rows with one index value in an order of their own, such as log streams of a group by name. A value's list is read from the
 * table when first asked for, and follows its changes from then on.
 */
export class SortedIndex<Row, Index extends string> {
  readonly #table: Table<Row, Index>;
  readonly #index: Index;
  readonly #entryOf: (row: Row) => SortedEntry;
  readonly #lists = new Map<string, SortedEntry[]>();
  #entries = 0;

  constructor(table: Table<Row, Index>, index: NoInfer<Index>, entryOf: (row: Row) => SortedEntry) {
    this.#table = table;
    this.#index = index;
    this.#entryOf = entryOf;
    table.onChange((change) => this.#apply(change));
  }

  /** The entries of an index value in order. Do not keep: it changes with the table. */
  list(value: string): readonly SortedEntry[] {
    const known = this.#lists.get(value);
    if (known !== undefined) {
      this.#lists.delete(value);
      this.#lists.set(value, known);
      return known;
    }
    const entries: SortedEntry[] = [];
    let after: string | undefined;
    do {
      const page = this.#table.page(this.#index, value, { limit: 1_000, ...(after === undefined ? {} : { after }) });
      for (const { row } of page.rows) entries.push(this.#entryOf(row));
      after = page.next;
    } while (after !== undefined);
    entries.sort(compareEntries);
    this.#lists.set(value, entries);
    this.#entries += entries.length;
    this.#forget();
    return entries;
  }

  #apply({ before, after }: RowChange<Row>): void {
    const { [this.#index]: valueOf } = this.#table.spec.indexes;
    if (before !== undefined) this.#remove(valueOf(before), this.#entryOf(before));
    if (after !== undefined) this.#insert(valueOf(after), this.#entryOf(after));
  }

  #remove(value: string | readonly string[] | undefined, entry: SortedEntry): void {
    const list = this.#lists.get(String(value));
    if (list === undefined) return;
    const at = firstNotBefore(list, entry);
    if (list[at]?.name !== entry.name || list[at].rank !== entry.rank) return;
    list.splice(at, 1);
    this.#entries -= 1;
  }

  #insert(value: string | readonly string[] | undefined, entry: SortedEntry): void {
    const list = this.#lists.get(String(value));
    if (list === undefined) return;
    list.splice(firstNotBefore(list, entry), 0, entry);
    this.#entries += 1;
  }

  #forget(): void {
    for (const [value, list] of this.#lists) {
      if (this.#entries <= maxEntries || this.#lists.size === 1) return;
      this.#lists.delete(value);
      this.#entries -= list.length;
    }
  }
}

export type SortedPosition = Pick<SortedEntry, 'rank' | 'name'>;

function compareEntries(a: SortedPosition, b: SortedPosition): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}

/** Index of the first entry that does not stand before the position. */
export function firstNotBefore(list: readonly SortedEntry[], position: SortedPosition): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = list[middle];
    if (entry !== undefined && compareEntries(entry, position) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface SortedPage {
  readonly entries: readonly SortedEntry[];
  /** There are more beyond the last entry. */
  readonly more: boolean;
}

/** A page of entries that pass `keep`, upward or downward, beyond a position. Stops early where `stop` says no more can pass. */
export function pageOf(
  list: readonly SortedEntry[],
  options: {
    readonly from?: SortedPosition;
    /** The entry at `from` itself is not wanted. */
    readonly beyond: boolean;
    readonly descending?: boolean;
    readonly limit: number;
    readonly keep?: (entry: SortedEntry) => boolean;
    readonly stop?: (entry: SortedEntry) => boolean;
  },
): SortedPage {
  const { descending = false, limit, keep = () => true, stop = () => false } = options;
  const step = descending ? -1 : 1;
  const entries: SortedEntry[] = [];
  for (let at = startOf(list, options); at >= 0 && at < list.length; at += step) {
    const entry = list[at];
    if (entry === undefined || stop(entry)) break;
    if (!keep(entry)) continue;
    if (entries.length === limit) return { entries, more: true };
    entries.push(entry);
  }
  return { entries, more: false };
}

function startOf(
  list: readonly SortedEntry[],
  { from, beyond, descending = false }: { from?: SortedPosition; beyond: boolean; descending?: boolean },
): number {
  if (from === undefined) return descending ? list.length - 1 : 0;
  const at = firstNotBefore(list, from);
  const entry = list[at];
  const isThere = entry !== undefined && compareEntries(entry, from) === 0;
  if (descending) return isThere && !beyond ? at : at - 1;
  return isThere && beyond ? at + 1 : at;
}
