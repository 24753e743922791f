import type { Revision } from '../store.ts';
import type { Slot } from './row-heap.ts';

/** A power of two. Most reads are of few rows: clusters, task definitions, the tasks that change just now. */
const cachedRows = 1024;
/** Larger documents are decoded each time, so that the cache stays within some megabytes. */
const maxCachedBytes = 16 * 1024;

/** The rows decoded last: one per value of a slot's low bits. */
export class RowCache {
  readonly #slots = new Int32Array(cachedRows).fill(-1);
  readonly #revisions = new Float64Array(cachedRows);
  readonly #rows: unknown[] = Array.from({ length: cachedRows });

  get(slot: Slot, modRevision: Revision): unknown {
    const at = slot % cachedRows;
    return this.#slots[at] === slot && this.#revisions[at] === modRevision ? this.#rows[at] : undefined;
  }

  set(slot: Slot, modRevision: Revision, row: unknown, bytes: number): void {
    if (bytes > maxCachedBytes) return;
    const at = slot % cachedRows;
    this.#slots[at] = slot;
    this.#revisions[at] = modRevision;
    this.#rows[at] = row;
  }

  /** The slot is free: it may be given to another row. */
  forget(slot: Slot): void {
    const at = slot % cachedRows;
    if (this.#slots[at] !== slot) return;
    this.#slots[at] = -1;
    this.#rows[at] = undefined;
  }
}
