import { toText } from '../../kernel/index.ts';
import type { Revision } from '../store.ts';

/** A row's number in the view, given again once the row is gone. */
export type Slot = number;

/** What is kept of one row; a table's index knows it by its slot. */
export interface Record {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** Ids of the posting lists the row is in. */
  readonly postings: readonly number[];
  readonly createRevision: Revision;
  readonly modRevision: Revision;
}

interface Segment {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  used: number;
  /** Bytes of records that are still current. */
  live: number;
}

/** A record: these four words, the posting ids (a word each), the key, the value, up to the next whole word. */
const headerWords = 4;
const slotWord = 0;
const postingsWord = 1;
const keyLengthWord = 2;
const valueLengthWord = 3;

const segmentBytes = 1 << 20;
/** Records above this get a segment of their own, so that the space left at a segment's end stays below an eighth. */
const ownSegmentBytes = segmentBytes / 8;
/** Dead bytes are collected when they exceed this share of all closed segments … */
const maxGarbageShare = 0.2;
/** … and this many bytes. */
const minGarbageBytes = 4 * segmentBytes;
/** Offset of a slot that is free. */
const noOffset = 0xffffffff;

/**
 * Rows as bytes outside the JavaScript heap, in segments that are only appended to: a replaced record becomes garbage,
 * and the segment with the most of it is copied away before garbage exceeds its bound. Bytes of a segment never change,
 * so a reader may keep a view of an old record.
 */
export class RowHeap {
  readonly #segments: (Segment | undefined)[] = [];
  readonly #freeSegments: number[] = [];
  #open = -1;
  #closedBytes = 0;
  #closedLive = 0;
  readonly #freeSlots: Slot[] = [];
  #slots = 0;
  #segmentOf = new Uint32Array(1024);
  #offsetOf = new Uint32Array(1024);
  #created = new Float64Array(1024);
  #modified = new Float64Array(1024);
  #hashes = new Uint32Array(1024);

  /** How many slots were ever in use at once. */
  get slots(): number {
    return this.#slots;
  }

  /** Bytes of all segments, and of the records in them that are current. */
  usage(): { readonly bytes: number; readonly liveBytes: number } {
    const open = this.#segments[this.#open];
    return {
      bytes: this.#closedBytes + (open?.bytes.length ?? 0),
      liveBytes: this.#closedLive + (open?.live ?? 0),
    };
  }

  createRevision(slot: Slot): Revision {
    return this.#created[slot] as number;
  }

  modRevision(slot: Slot): Revision {
    return this.#modified[slot] as number;
  }

  isUsed(slot: Slot): boolean {
    return slot < this.#slots && this.#offsetOf[slot] !== noOffset;
  }

  hash(slot: Slot): number {
    return this.#hashes[slot] as number;
  }

  add(record: Record, hash: number): Slot {
    const slot = this.#freeSlots.pop() ?? this.#slots++;
    if (slot >= this.#hashes.length) this.#growSlots();
    this.#hashes[slot] = hash;
    this.#append(slot, record);
    return slot;
  }

  replace(slot: Slot, record: Record): void {
    this.#discard(slot);
    this.#append(slot, record);
  }

  remove(slot: Slot): void {
    this.#discard(slot);
    this.#offsetOf[slot] = noOffset;
    this.#freeSlots.push(slot);
  }

  keyBytes(slot: Slot): Uint8Array {
    const segment = this.#segment(slot);
    const at = this.#word(slot);
    const start = keyStart(segment, at);
    return segment.bytes.subarray(start, start + (segment.words[at + keyLengthWord] as number));
  }

  key(slot: Slot): string {
    return toText(this.keyBytes(slot));
  }

  valueBytes(slot: Slot): Uint8Array {
    const segment = this.#segment(slot);
    const at = this.#word(slot);
    const start = keyStart(segment, at) + (segment.words[at + keyLengthWord] as number);
    return segment.bytes.subarray(start, start + (segment.words[at + valueLengthWord] as number));
  }

  postings(slot: Slot): number[] {
    const { words } = this.#segment(slot);
    const start = this.#word(slot) + headerWords;
    return [...words.subarray(start, start + (words[this.#word(slot) + postingsWord] as number))];
  }

  keyEquals(slot: Slot, key: Uint8Array): boolean {
    const segment = this.#segment(slot);
    const at = this.#word(slot);
    if (segment.words[at + keyLengthWord] !== key.length) return false;
    const start = keyStart(segment, at);
    for (let index = 0; index < key.length; index += 1) {
      if (segment.bytes[start + index] !== key[index]) return false;
    }
    return true;
  }

  /** Order of two rows by their keys' bytes, read in place: rows of one transaction are ordered by nothing else. */
  compareRows(left: Slot, right: Slot): number {
    const one = this.#segment(left);
    const other = this.#segment(right);
    const oneWord = this.#word(left);
    const otherWord = this.#word(right);
    const oneLength = one.words[oneWord + keyLengthWord] as number;
    const otherLength = other.words[otherWord + keyLengthWord] as number;
    const oneStart = keyStart(one, oneWord);
    const otherStart = keyStart(other, otherWord);
    const length = Math.min(oneLength, otherLength);
    for (let index = 0; index < length; index += 1) {
      const difference = (one.bytes[oneStart + index] as number) - (other.bytes[otherStart + index] as number);
      if (difference !== 0) return difference;
    }
    return oneLength - otherLength;
  }

  /** Order of two keys by their bytes. */
  compareKey(slot: Slot, key: Uint8Array): number {
    const own = this.keyBytes(slot);
    const length = Math.min(own.length, key.length);
    for (let index = 0; index < length; index += 1) {
      const difference = (own[index] as number) - (key[index] as number);
      if (difference !== 0) return difference;
    }
    return own.length - key.length;
  }

  #segment(slot: Slot): Segment {
    return this.#segments[this.#segmentOf[slot] as number] as Segment;
  }

  #word(slot: Slot): number {
    return (this.#offsetOf[slot] as number) >>> 2;
  }

  #append(slot: Slot, { key, value, postings, createRevision, modRevision }: Record): void {
    this.#created[slot] = createRevision;
    this.#modified[slot] = modRevision;
    const size = recordBytes(postings.length, key.length, value.length);
    const id = this.#reserve(size);
    const segment = this.#segments[id] as Segment;
    const at = segment.used >>> 2;
    segment.words[at + slotWord] = slot;
    segment.words[at + postingsWord] = postings.length;
    segment.words[at + keyLengthWord] = key.length;
    segment.words[at + valueLengthWord] = value.length;
    segment.words.set(postings, at + headerWords);
    const start = keyStart(segment, at);
    segment.bytes.set(key, start);
    segment.bytes.set(value, start + key.length);
    this.#place(slot, id, size);
    this.#collect();
  }

  /** Makes the record just written at the end of a segment the slot's own. */
  #place(slot: Slot, id: number, size: number): void {
    const segment = this.#segments[id] as Segment;
    this.#segmentOf[slot] = id;
    this.#offsetOf[slot] = segment.used;
    segment.used += size;
    segment.live += size;
    if (id !== this.#open) this.#closedLive += size;
  }

  /** The id of a segment with room for a record. */
  #reserve(size: number): number {
    if (size > ownSegmentBytes) {
      this.#closedBytes += size;
      return this.#newSegment(size);
    }
    const open = this.#segments[this.#open];
    if (open !== undefined && open.used + size <= open.bytes.length) return this.#open;
    if (open !== undefined) {
      this.#closedBytes += open.bytes.length;
      this.#closedLive += open.live;
      const closed = this.#open;
      this.#open = -1;
      if (open.live === 0) this.#release(closed);
    }
    this.#open = this.#newSegment(segmentBytes);
    return this.#open;
  }

  #newSegment(size: number): number {
    const buffer = new ArrayBuffer(size);
    const id = this.#freeSegments.pop() ?? this.#segments.length;
    this.#segments[id] = { bytes: new Uint8Array(buffer), words: new Uint32Array(buffer), used: 0, live: 0 };
    return id;
  }

  #discard(slot: Slot): void {
    const id = this.#segmentOf[slot] as number;
    const segment = this.#segments[id] as Segment;
    const size = sizeAt(segment, this.#word(slot));
    segment.live -= size;
    if (id === this.#open) return;
    this.#closedLive -= size;
    if (segment.live === 0) this.#release(id);
  }

  #release(id: number): void {
    this.#closedBytes -= (this.#segments[id] as Segment).bytes.length;
    this.#segments[id] = undefined;
    this.#freeSegments.push(id);
  }

  #collect(): void {
    while (this.#closedBytes - this.#closedLive > minGarbageBytes + maxGarbageShare * this.#closedBytes) {
      this.#evacuate(this.#sparsest());
    }
  }

  #sparsest(): number {
    let found = -1;
    let most = -1;
    for (let id = 0; id < this.#segments.length; id += 1) {
      const segment = this.#segments[id];
      if (segment === undefined || id === this.#open) continue;
      const garbage = segment.bytes.length - segment.live;
      if (garbage > most) [found, most] = [id, garbage];
    }
    return found;
  }

  /** Copies what is current in a closed segment to the open one. */
  #evacuate(id: number): void {
    const from = this.#segments[id] as Segment;
    for (let offset = 0; offset < from.used;) {
      const at = offset >>> 2;
      const size = sizeAt(from, at);
      const slot = from.words[at + slotWord] as number;
      if (this.#isCurrent(slot, id, offset)) {
        const target = this.#reserve(size);
        const to = this.#segments[target] as Segment;
        to.bytes.set(from.bytes.subarray(offset, offset + size), to.used);
        this.#place(slot, target, size);
        from.live -= size;
        this.#closedLive -= size;
      }
      offset += size;
    }
    this.#release(id);
  }

  #isCurrent(slot: Slot, id: number, offset: number): boolean {
    return this.#segmentOf[slot] === id && this.#offsetOf[slot] === offset;
  }

  #growSlots(): void {
    const size = this.#hashes.length * 2;
    this.#segmentOf = grown(this.#segmentOf, new Uint32Array(size));
    this.#offsetOf = grown(this.#offsetOf, new Uint32Array(size));
    this.#created = grown(this.#created, new Float64Array(size));
    this.#modified = grown(this.#modified, new Float64Array(size));
    this.#hashes = grown(this.#hashes, new Uint32Array(size));
  }
}

function grown<Numbers extends Uint32Array | Float64Array>(old: Numbers, larger: Numbers): Numbers {
  larger.set(old);
  return larger;
}

/** Where the key of the record at a word begins, in bytes. */
function keyStart({ words }: Segment, at: number): number {
  return (at + headerWords + (words[at + postingsWord] as number)) * 4;
}

function recordBytes(postings: number, keyLength: number, valueLength: number): number {
  return ((headerWords + postings) * 4 + keyLength + valueLength + 3) & ~3;
}

function sizeAt({ words }: Segment, at: number): number {
  return recordBytes(
    words[at + postingsWord] as number,
    words[at + keyLengthWord] as number,
    words[at + valueLengthWord] as number,
  );
}
