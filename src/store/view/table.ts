import type { Revision } from '../store.ts';

/**
 * One kind of record: where its documents live and what can be looked up without scanning.
 * Keys end in the record's own id and never contain control characters.
 */
export interface TableSpec<Row, Index extends string> {
  /** Key prefix of the documents, such as `/ecs/task/`. No two tables share one. */
  readonly prefix: string;
  /** A lookup each: the values (none, one or several) under which a row is found and counted. */
  readonly indexes: { readonly [K in Index]: (row: Row) => string | readonly string[] | undefined };
}

/** A row as read, never to be changed in place (readers share it): the record and the revision that wrote it (the condition for replacing it). */
export interface Versioned<Row> {
  readonly key: string;
  readonly row: Row;
  readonly modRevision: Revision;
}

export interface Page<Row> {
  readonly rows: readonly Versioned<Row>[];
  /** Pass as `after` for the next page; absent on the last. Stays valid across restarts and while rows come and go. */
  readonly next?: string;
}

export interface PageRequest {
  /** A positive integer. */
  readonly limit: number;
  /** A `next` of an earlier page. */
  readonly after?: string;
}

/**
 * A change of one row, in revision order. `before` is undefined for a new row, `after` for a deleted one.
 * `before` is decoded when first read, so a listener pays only for what it looks at.
 */
export interface RowChange<Row> {
  readonly key: string;
  readonly revision: Revision;
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

/**
 * The present rows of one kind, in memory, as of the view's revision. Reads are synchronous and never scan:
 * rows are kept as bytes outside the JavaScript heap and decoded when read, indexes are ordered integer lists.
 */
export interface Table<Row, Index extends string> {
  readonly spec: TableSpec<Row, Index>;
  readonly size: number;
  get(key: string): Versioned<Row> | undefined;
  /** Whether further reads of this key get the very same row for a while; what is derived from any other row is best forgotten at once. */
  keeps(key: string): boolean;
  /** How many rows have this index value; O(1). */
  count(index: Index, value: string): number;
  /**
   * Rows with this index value, oldest first; cost grows with the page, not with the table.
   * @throws InvalidArgument when `after` is not a token
   */
  page(index: Index, value: string, request: PageRequest): Page<Row>;
  /** The keys with this index value, oldest first, without decoding rows. */
  keys(index: Index, value: string): Iterable<string>;
  /** The distinct values of an index that have at least one row. */
  values(index: Index): Iterable<string>;
  /** Called for each change after the view has applied it, in order. Must not throw; must not block. */
  onChange(listener: (change: RowChange<Row>) => void): () => void;
}
