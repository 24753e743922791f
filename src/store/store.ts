import { Conflict, LongshoreError, type Unavailable } from '../kernel/index.ts';

/** A revision of the whole store: every committed transaction has the next one. Stays below 2^53. */
export type Revision = number;

/** One document as stored. Its bytes are shared with the store: nobody changes them, neither before nor after writing. */
export interface Entry {
  /** Not empty, well-formed Unicode without U+0000; keys are ordered by their UTF-8 bytes. */
  readonly key: string;
  readonly value: Uint8Array;
  /** Revision of the transaction that wrote this value. */
  readonly modRevision: Revision;
  /** Revision of the transaction that created the key (again, after a delete). */
  readonly createRevision: Revision;
}

/** Holds when the key's modRevision is exactly this; 0 means the key must not exist. */
export interface Condition {
  readonly key: string;
  readonly modRevision: Revision;
}

export type Operation = { readonly put: string; readonly value: Uint8Array } | { readonly delete: string };

/**
 * A transaction that changes nothing (no operations, or only deletes of absent keys) makes no revision and no events.
 * A refused transaction is an ordinary result: read again, decide again. `revision` is the store's at that time.
 */
export type TransactionResult =
  | { readonly ok: true; readonly revision: Revision }
  | { readonly ok: false; readonly revision: Revision };

export type StoreEvent =
  | { readonly type: 'put'; readonly entry: Entry }
  | { readonly type: 'delete'; readonly key: string; readonly modRevision: Revision };

/** Everything one or more whole revisions changed under a watched prefix; a revision is never split. */
export interface WatchBatch {
  /** The last revision in the batch. */
  readonly revision: Revision;
  readonly events: readonly StoreEvent[];
}

export interface Watcher {
  /** Called in revision order, only with durable changes. Must not throw. */
  onBatch(batch: WatchBatch): void;
  /** The watch ended and will not continue: list again. */
  onLost(error: Compacted | Unavailable): void;
}

export interface Subscription {
  close(): void;
}

/** One consistent page of a listing. */
export interface ListPage {
  /** The revision that every page of this listing shows. */
  readonly revision: Revision;
  readonly entries: readonly Entry[];
}

export interface StoreLimits {
  /** Most conditions plus operations in one transaction (etcd's default: 128). */
  readonly maxOperations: number;
  /** Most bytes of keys and values in one transaction (etcd's default: 1.5 MiB). */
  readonly maxBytes: number;
}

/** etcd's defaults; every implementation enforces them, so that a journal can move to etcd. */
export const storeLimits: StoreLimits = { maxOperations: 128, maxBytes: 1_500_000 };

/** The revision asked for has been compacted away: list, then watch from the listing's revision. */
export class Compacted extends LongshoreError {
  override readonly name = 'Compacted';
  readonly compactedRevision: Revision;
  constructor(compactedRevision: Revision) {
    super(`revisions up to ${compactedRevision} are compacted`);
    this.compactedRevision = compactedRevision;
  }
}

/** The outcome of a transaction is unknown: read again and compare. */
export class Indeterminate extends LongshoreError {
  override readonly name = 'Indeterminate';
}

/** The transaction exceeds the store's limits. */
export class TooLarge extends Conflict {}

/**
 * The journal: documents at revisions, changed by compare-and-set transactions over several keys, watched in order.
 * Everything Longshore knows goes through here. Modelled on etcd v3, which is its distributed implementation.
 */
export interface Store {
  readonly limits: StoreLimits;
  /** The last durable revision this process has seen. */
  readonly revision: Revision;
  /** Reads one key, linearizably. */
  get(key: string): Promise<Entry | undefined>;
  /** All entries under a prefix (`''`: everything), in key order, page by page, at one revision. At least one page, maybe empty. */
  list(prefix: string): AsyncIterable<ListPage>;
  /**
   * Applies all operations if all conditions hold. Durable when resolved; watchers of this process have seen it by then.
   * A key may be written once in a transaction.
   * @throws InvalidArgument for a bad key or one written twice; TooLarge above `limits`; Indeterminate when the outcome is unknown; Unavailable when nothing was written
   */
  transact(conditions: readonly Condition[], operations: readonly Operation[]): Promise<TransactionResult>;
  /** Delivers every change under `prefix` with a revision greater than `afterRevision`; never before this call returns. */
  watch(prefix: string, afterRevision: Revision, watcher: Watcher): Subscription;
  /** Forgets the history up to and including a revision; the present values stay. */
  compact(revision: Revision): Promise<void>;
  /** Waits for what was handed in, then ends every watch with Unavailable; every later call is refused with it. */
  close(): Promise<void>;
}
