import { Internal, messageOf, toText } from '../../kernel/index.ts';
import { KeyIndex } from './key-index.ts';
import { Postings } from './postings.ts';
import { RowCache } from './row-cache.ts';
import { RowHeap, type Slot } from './row-heap.ts';

/** Where the rows of all tables are kept. */
export class Rows {
  readonly heap = new RowHeap();
  readonly keys = new KeyIndex(this.heap);
  readonly postings = new Postings(this.heap);
  readonly cache = new RowCache();
  readonly #freeze: boolean;

  /** `freeze`: rows handed out are frozen deeply, so that a test fails which changes one. */
  constructor(freeze: boolean) {
    this.#freeze = freeze;
  }

  row(slot: Slot): unknown {
    const modRevision = this.heap.modRevision(slot);
    const cached = this.cache.get(slot, modRevision);
    if (cached !== undefined) return cached;
    const value = this.heap.valueBytes(slot);
    const row = this.decode(value, () => this.heap.key(slot));
    this.cache.keepRead(slot, modRevision, row, value.length);
    return row;
  }

  /** A row as it may be handed out. */
  shared(row: unknown): unknown {
    return this.#freeze ? frozen(row) : row;
  }

  /** The row a document spells. @throws Internal when it is not JSON */
  decode(value: Uint8Array, key: () => string): unknown {
    let row: unknown;
    try {
      row = JSON.parse(toText(value));
    } catch (thrown) {
      throw new Internal(`the document ${key()} is not JSON: ${messageOf(thrown)}`);
    }
    return this.shared(row);
  }
}

function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
