import type { Revision } from '../store.ts';

/**
 * Transactions on their way to the thread. One string and two arrays of numbers and bytes, because cloning an object for each condition and
 * operation cost both threads more than all else of a message.
 */
export interface PackedBatch {
  /** The keys of all conditions and operations, transaction by transaction, each followed by U+0000, which no key contains. */
  readonly keys: string;
  /** For each transaction: how many conditions and operations; each condition's modRevision; each operation's length of value, -1 for a delete. */
  readonly numbers: Float64Array;
  /** The values of all puts, one after another. */
  readonly values: Uint8Array;
}

/** What the journal answers to one transaction. */
export interface TransactionOutcome {
  readonly ok: boolean;
  readonly revision: Revision;
  /** For each operation: the key's createRevision; 0 for a delete that deleted something, -1 for one that did not. */
  readonly created: readonly Revision[];
}

/** An entry on its way from the thread; values travel in one buffer, one after another. */
export interface PackedEntry {
  readonly key: string;
  readonly length: number;
  readonly modRevision: Revision;
  readonly createRevision: Revision;
}

export interface PackedPage {
  readonly revision: Revision;
  readonly entries: readonly PackedEntry[];
  readonly values: Uint8Array;
  readonly isLast: boolean;
}

export type Request =
  | { readonly kind: 'commit'; readonly batch: PackedBatch }
  | { readonly kind: 'get'; readonly key: string }
  /** The first page begins the listing; the listing ends with its last page or with `endList`. */
  | { readonly kind: 'page'; readonly listing: number; readonly prefix: string }
  | { readonly kind: 'endList'; readonly listing: number }
  | { readonly kind: 'close' };

export type Numbered = Request & { readonly id: number };

/**
 * Why a request failed. `full`: nothing was written and the journal goes on. `broken`: the journal is not used any more.
 * `ended`: it was so already, and the request was not sent.
 */
export interface Failure {
  readonly reason: 'full' | 'broken' | 'ended' | 'locked' | 'foreign' | 'unreadable';
  readonly message: string;
}

export type Reply =
  | { readonly id: number; readonly outcomes: Float64Array }
  | { readonly id: number; readonly page: PackedPage }
  | { readonly id: number; readonly failure: Failure }
  | { readonly id: number };

/** The thread's first message. */
export type Opened = { readonly revision: Revision } | { readonly failure: Failure };
