import { toBytes } from '../../kernel/index.ts';
import type { RowHeap, Slot } from './row-heap.ts';

const initialSize = 1024;
/** The table doubles when it is fuller than this. */
const maxLoad = 0.6;

/**
 * Finds a row's slot by its key: an open hash table of integers, so that a million keys are no strings in the heap.
 * Cells hold slot + 1; 0 is empty. Collisions go to the next cell; removal moves later ones back, so there are no tombstones.
 */
export class KeyIndex {
  readonly #heap: RowHeap;
  #cells = new Uint32Array(initialSize);
  #size = 0;

  constructor(heap: RowHeap) {
    this.#heap = heap;
  }

  get size(): number {
    return this.#size;
  }

  find(key: Uint8Array, hash: number): Slot | undefined {
    const mask = this.#cells.length - 1;
    for (let cell = hash & mask; ; cell = (cell + 1) & mask) {
      const slot = (this.#cells[cell] as number) - 1;
      if (slot < 0) return undefined;
      if (this.#heap.hash(slot) === hash && this.#heap.keyEquals(slot, key)) return slot;
    }
  }

  /** Adds a slot whose key is not in the index. */
  add(slot: Slot): void {
    if (this.#size + 1 > this.#cells.length * maxLoad) this.#grow();
    this.#size += 1;
    put(this.#cells, this.#heap.hash(slot), slot);
  }

  /** Takes out a slot, while the heap still knows its hash. */
  remove(slot: Slot): void {
    const mask = this.#cells.length - 1;
    let hole = this.#heap.hash(slot) & mask;
    while (this.#cells[hole] !== slot + 1) {
      if (this.#cells[hole] === 0) return;
      hole = (hole + 1) & mask;
    }
    this.#size -= 1;
    for (let cell = (hole + 1) & mask; ; cell = (cell + 1) & mask) {
      const other = (this.#cells[cell] as number) - 1;
      if (other < 0) break;
      const home = this.#heap.hash(other) & mask;
      // `other` may move back to the hole unless its home lies behind the hole.
      if (((cell - home) & mask) >= ((cell - hole) & mask)) {
        this.#cells[hole] = other + 1;
        hole = cell;
      }
    }
    this.#cells[hole] = 0;
  }

  #grow(): void {
    const cells = new Uint32Array(this.#cells.length * 2);
    for (const cell of this.#cells) {
      if (cell !== 0) put(cells, this.#heap.hash(cell - 1), cell - 1);
    }
    this.#cells = cells;
  }
}

function put(cells: Uint32Array, hash: number, slot: Slot): void {
  const mask = cells.length - 1;
  let cell = hash & mask;
  while (cells[cell] !== 0) cell = (cell + 1) & mask;
  cells[cell] = slot + 1;
}

/** A key's UTF-8 bytes and their hash. */
export interface HashedKey {
  readonly bytes: Uint8Array;
  readonly hash: number;
}

/** Bytes of keys are taken from a slab: a typed array of its own for each would cost more than all else of a look-up. */
const slabBytes = 64 * 1024;
let slab = new Uint8Array(slabBytes);
let slabUsed = 0;

export function hashKey(key: string): HashedKey {
  const bytes = asciiBytes(key) ?? toBytes(key);
  return { bytes, hash: hashBytes(bytes) };
}

/** The bytes of a key without other characters, as almost all are; undefined for any other, or a long one. */
function asciiBytes(key: string): Uint8Array | undefined {
  const { length } = key;
  if (length > slabBytes / 64) return undefined;
  if (slabUsed + length > slabBytes) {
    slab = new Uint8Array(slabBytes);
    slabUsed = 0;
  }
  for (let at = 0; at < length; at += 1) {
    const unit = key.charCodeAt(at);
    if (unit > 0x7f) return undefined;
    slab[slabUsed + at] = unit;
  }
  slabUsed += length;
  return slab.subarray(slabUsed - length, slabUsed);
}

/** FNV-1a with a final mix, because the table uses the low bits and keys differ mostly at their end. */
function hashBytes(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < bytes.length; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
