import type { Revision } from '../store.ts';
import { PostingList, type RowOrder } from './posting-list.ts';
import type { RowHeap, Slot } from './row-heap.ts';

/** A place in a list, between rows or at one: see token.ts. */
export interface Place {
  readonly createRevision: Revision;
  readonly key: Uint8Array;
}

/** The values of one index that have rows, each with the id of its list. */
export type IndexValues = Map<string, number>;

interface Posting {
  readonly values: IndexValues;
  readonly value: string;
  readonly list: PostingList<Place>;
}

/** All posting lists of the view. A row remembers the ids of the lists it is in, so a change needs no decoding of what was before. */
export class Postings {
  readonly #postings: (Posting | undefined)[] = [];
  readonly #freeIds: number[] = [];
  readonly #order: RowOrder<Place>;

  constructor(heap: RowHeap) {
    this.#order = {
      compare: (left, right) =>
        left === right ? 0 : heap.createRevision(left) - heap.createRevision(right) || heap.compareRows(left, right),
      compareToPlace: (slot, place) =>
        heap.createRevision(slot) - place.createRevision || heap.compareKey(slot, place.key),
    };
  }

  /** The id of a value's list, made when there is none. The caller inserts a row into it. */
  intern(values: IndexValues, value: string): number {
    const known = values.get(value);
    if (known !== undefined) return known;
    const id = this.#freeIds.pop() ?? this.#postings.length;
    this.#postings[id] = { values, value, list: new PostingList(this.#order) };
    values.set(value, id);
    return id;
  }

  list(id: number): PostingList<Place> {
    return (this.#postings[id] as Posting).list;
  }

  /** Takes a row out of a list; a list without rows is forgotten with its value. */
  remove(id: number, slot: Slot): void {
    const posting = this.#postings[id] as Posting;
    posting.list.remove(slot);
    if (posting.list.size > 0) return;
    posting.values.delete(posting.value);
    this.#postings[id] = undefined;
    this.#freeIds.push(id);
  }
}
