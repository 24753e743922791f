import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { PostingList, type RowOrder } from './posting-list.ts';

/** Slots ordered by themselves, descending, so that the order is not the slots' own. */
const descending: RowOrder<number> = {
  compare: (left, right) => right - left,
  compareToPlace: (slot, place) => place - slot,
};

test('equals a sorted array under any adds and removes, also across many chunks', () => {
  const run = fc.record({
    from: fc.nat(5000),
    count: fc.integer({ min: 1, max: 1500 }),
    step: fc.integer({ min: 1, max: 7 }),
    adds: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(run, { maxLength: 12 }), fc.array(fc.nat(12_000), { maxLength: 20 }), (runs, places) => {
      const list = new PostingList<number>(descending);
      const model = new Set<number>();
      for (const { from, count, step, adds } of runs) {
        for (let at = 0; at < count; at += 1) {
          const slot = from + ((at * step * 31) % 7001);
          if (adds && !model.has(slot)) list.insert(slot);
          if (!adds && model.has(slot)) list.remove(slot);
          if (adds) model.add(slot);
          else model.delete(slot);
        }
      }
      const sorted = [...model].sort((a, b) => b - a);
      expect(list.size).toBe(sorted.length);
      expect(list.after(undefined, Infinity)).toEqual(sorted);
      for (const place of places) {
        expect(list.after(place, 5)).toEqual(sorted.filter((slot) => slot < place).slice(0, 5));
      }
    }),
  );
});

test('removing what is not there changes nothing', () => {
  const list = new PostingList<number>(descending);
  list.remove(3);
  list.insert(5);
  list.remove(3);
  list.remove(7);
  expect(list.after(undefined, 10)).toEqual([5]);
});
