import type { Slot } from './row-heap.ts';

/** How a list is ordered: the sign of what stands first, for two rows, and for a row against a place between rows. */
export interface RowOrder<Place> {
  compare(left: Slot, right: Slot): number;
  compareToPlace(slot: Slot, place: Place): number;
}

interface Chunk {
  slots: Uint32Array;
  length: number;
}

const firstChunkSlots = 2;
const maxChunkSlots = 512;
/** Neighbours are joined when both fit in this many slots, so chunks stay at least a quarter full on average. */
const joinSlots = maxChunkSlots / 2;

/**
 * The rows of one index value as slots in order, in chunks: a change moves at most one chunk's integers,
 * a search is two binary searches.
 */
export class PostingList<Place> {
  readonly #order: RowOrder<Place>;
  readonly #chunks: Chunk[] = [];
  #size = 0;

  constructor(order: RowOrder<Place>) {
    this.#order = order;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a slot that is not in the list. */
  insert(slot: Slot): void {
    this.#size += 1;
    const last = this.#chunks.at(-1);
    if (last === undefined) {
      this.#chunks.push({ slots: new Uint32Array(firstChunkSlots).fill(slot, 0, 1), length: 1 });
      return;
    }
    const isLast = this.#order.compare(slot, last.slots[last.length - 1] as number) > 0;
    const index = isLast ? this.#chunks.length - 1 : this.#chunkOf((other) => this.#order.compare(other, slot) <= 0);
    const chunk = this.#chunks[index] as Chunk;
    const at = isLast ? chunk.length : firstIn(chunk, (other) => this.#order.compare(other, slot) > 0);
    if (chunk.length === maxChunkSlots) {
      this.#split(index, at, slot);
    } else {
      insertInto(chunk, at, slot);
    }
  }

  /** Takes out a slot, while the order still knows it as it did when it was added. */
  remove(slot: Slot): void {
    const index = this.#chunkOf((other) => this.#order.compare(other, slot) <= 0);
    const chunk = this.#chunks[index];
    if (chunk === undefined) return;
    const at = firstIn(chunk, (other) => this.#order.compare(other, slot) >= 0);
    if (chunk.slots[at] !== slot || at >= chunk.length) return;
    chunk.slots.copyWithin(at, at + 1, chunk.length);
    chunk.length -= 1;
    this.#size -= 1;
    if (chunk.length === 0) this.#chunks.splice(index, 1);
    else if (!this.#join(index)) this.#join(index - 1);
  }

  /** Up to `limit` slots behind a place, or from the start. */
  after(place: Place | undefined, limit: number): Slot[] {
    const found: Slot[] = [];
    const isBehind = (slot: Slot): boolean => place === undefined || this.#order.compareToPlace(slot, place) > 0;
    let index = place === undefined ? 0 : this.#chunkOf((slot) => !isBehind(slot));
    for (; index < this.#chunks.length && found.length < limit; index += 1) {
      const chunk = this.#chunks[index] as Chunk;
      const from = found.length === 0 ? firstIn(chunk, isBehind) : 0;
      for (let at = from; at < chunk.length && found.length < limit; at += 1) found.push(chunk.slots[at] as number);
    }
    return found;
  }

  /** Index of the last chunk whose first slot is before the wanted place; 0 if none is. */
  #chunkOf(isBefore: (slot: Slot) => boolean): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore((this.#chunks[middle] as Chunk).slots[0] as number)) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  /** Adds to a full chunk: rows come at the end mostly, so the last chunk stays full and a new one begins. */
  #split(index: number, at: number, slot: Slot): void {
    const chunk = this.#chunks[index] as Chunk;
    const keep = at === maxChunkSlots && index === this.#chunks.length - 1 ? maxChunkSlots : maxChunkSlots / 2;
    const moved = chunk.slots.subarray(keep, chunk.length);
    const right: Chunk = { slots: new Uint32Array(Math.max(firstChunkSlots, moved.length * 2)), length: moved.length };
    right.slots.set(moved);
    chunk.length = keep;
    this.#chunks.splice(index + 1, 0, right);
    if (at > keep || keep === maxChunkSlots) insertInto(right, at - keep, slot);
    else insertInto(chunk, at, slot);
  }

  /** Joins a chunk with the next when both are small. */
  #join(index: number): boolean {
    const left = this.#chunks[index];
    const right = this.#chunks[index + 1];
    if (left === undefined || right === undefined || left.length + right.length > joinSlots) return false;
    const slots = new Uint32Array(joinSlots);
    slots.set(left.slots.subarray(0, left.length));
    slots.set(right.slots.subarray(0, right.length), left.length);
    this.#chunks.splice(index, 2, { slots, length: left.length + right.length });
    return true;
  }
}

/** The first position in a chunk that holds; the chunk's length if none does. Once true it stays true behind. */
function firstIn(chunk: Chunk, holds: (slot: Slot) => boolean): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(chunk.slots[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function insertInto(chunk: Chunk, at: number, slot: Slot): void {
  if (chunk.length === chunk.slots.length) {
    const larger = new Uint32Array(Math.min(maxChunkSlots, chunk.slots.length * 2));
    larger.set(chunk.slots);
    chunk.slots = larger;
  }
  chunk.slots.copyWithin(at + 1, at, chunk.length);
  chunk.slots[at] = slot;
  chunk.length += 1;
}
