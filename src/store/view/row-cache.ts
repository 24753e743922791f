import type { Revision } from '../store.ts';
import type { Slot } from './row-heap.ts';

/** A power of two. Most reads are of few rows: clusters, task definitions, the tasks that change just now. */
const readRows = 1024;
/**
 * Rows just written are read by those who follow the changes, at once or never: few are kept, so that they are garbage while still young.
 * Kept as long as the others, each new row was copied to the old generation first (bench/RESULTS.md).
 */
const writtenRows = 256;
/** Larger documents are decoded each time, so that the cache stays within some megabytes. */
const maxCachedBytes = 16 * 1024;

/** The rows decoded last: one per value of a slot's low bits. */
class Cells {
  readonly #slots: Int32Array;
  readonly #revisions: Float64Array;
  readonly #rows: unknown[];

  constructor(size: number) {
    this.#slots = new Int32Array(size).fill(-1);
    this.#revisions = new Float64Array(size);
    this.#rows = Array.from({ length: size });
  }

  get(slot: Slot, modRevision: Revision): unknown {
    const at = slot % this.#rows.length;
    return this.#slots[at] === slot && this.#revisions[at] === modRevision ? this.#rows[at] : undefined;
  }

  set(slot: Slot, modRevision: Revision, row: unknown): void {
    const at = slot % this.#rows.length;
    this.#slots[at] = slot;
    this.#revisions[at] = modRevision;
    this.#rows[at] = row;
  }

  forget(slot: Slot): void {
    const at = slot % this.#rows.length;
    if (this.#slots[at] !== slot) return;
    this.#slots[at] = -1;
    this.#rows[at] = undefined;
  }
}

export class RowCache {
  readonly #read = new Cells(readRows);
  readonly #written = new Cells(writtenRows);
  /** The row that was last decoded for a reader, by cell of `#read`. */
  readonly #readOnce = new Int32Array(readRows).fill(-1);

  get(slot: Slot, modRevision: Revision): unknown {
    const read = this.#read.get(slot, modRevision);
    if (read !== undefined) return read;
    const written = this.#written.get(slot, modRevision);
    if (written !== undefined) this.#readAgain(slot, modRevision, written);
    return written;
  }

  /** Whether readers get this very object for a while: worth remembering what was made of it. */
  isKept(slot: Slot, modRevision: Revision): boolean {
    return this.#read.get(slot, modRevision) !== undefined;
  }

  /**
   * A row that was decoded for a reader. It is kept from the second time on: rows read once, as from all over a large table, would push out
   * those read often, and each would live just long enough to be copied to the old generation.
   */
  keepRead(slot: Slot, modRevision: Revision, row: unknown, bytes: number): void {
    if (bytes <= maxCachedBytes) this.#readAgain(slot, modRevision, row);
  }

  #readAgain(slot: Slot, modRevision: Revision, row: unknown): void {
    const at = slot % readRows;
    if (this.#readOnce[at] === slot) this.#read.set(slot, modRevision, row);
    else this.#readOnce[at] = slot;
  }

  /** A row as it was just written. */
  keepWritten(slot: Slot, modRevision: Revision, row: unknown, bytes: number): void {
    if (bytes <= maxCachedBytes) this.#written.set(slot, modRevision, row);
  }

  /** The slot is free: it may be given to another row. */
  forget(slot: Slot): void {
    this.#read.forget(slot);
    this.#written.forget(slot);
  }
}
