import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { toBytes, toText } from '../../kernel/index.ts';
import { KeyIndex } from './key-index.ts';
import { RowHeap, type Record } from './row-heap.ts';

function record(key: string, length: number, revision = 1): Record {
  const postings = Array.from({ length: length % 5 }, (_, at) => at * 7 + length);
  const value = new Uint8Array(length).fill(length & 0xff);
  return { key: toBytes(key), value, postings, createRevision: revision, modRevision: revision + 1 };
}

test('records are what was last written, and garbage stays bounded, under any rewriting', () => {
  const length = fc.oneof(
    { weight: 10, arbitrary: fc.nat(4000) },
    { weight: 1, arbitrary: fc.integer({ min: 100_000, max: 1_400_000 }) },
  );
  fc.assert(
    fc.property(fc.array(fc.record({ row: fc.nat(60), length, removed: fc.nat(9) }), { maxLength: 400 }), (steps) => {
      const heap = new RowHeap();
      const model = new Map<number, { slot: number; length: number; revision: number }>();
      steps.forEach(({ row, length: bytes, removed }, at) => {
        const known = model.get(row);
        if (removed === 0) {
          if (known !== undefined) heap.remove(known.slot);
          model.delete(row);
          return;
        }
        const written = record(`key ${row}`, bytes, at);
        if (known !== undefined) heap.replace(known.slot, written);
        model.set(row, { slot: known?.slot ?? heap.add(written, row), length: bytes, revision: at });
      });
      let live = 0;
      for (const [row, { slot, length: bytes, revision }] of model) {
        const want = record(`key ${row}`, bytes, revision);
        expect(heap.key(slot)).toBe(`key ${row}`);
        expect(heap.keyEquals(slot, want.key)).toBe(true);
        expect(heap.keyEquals(slot, toBytes(`kez ${row}`))).toBe(false);
        expect(heap.valueBytes(slot).length).toBe(bytes);
        expect(heap.valueBytes(slot).every((byte) => byte === (bytes & 0xff))).toBe(true);
        expect(heap.postings(slot)).toEqual(want.postings);
        expect([heap.createRevision(slot), heap.modRevision(slot), heap.hash(slot)]).toEqual([
          revision,
          revision + 1,
          row,
        ]);
        live += bytes;
      }
      const usage = heap.usage();
      expect(usage.liveBytes).toBeGreaterThanOrEqual(live);
      // The bounds of row-heap.ts: a fifth of the whole, four segments, and the open one.
      expect(usage.bytes).toBeLessThanOrEqual((usage.liveBytes + 5 * (1 << 20)) / 0.8);
    }),
    { numRuns: 50 },
  );
});

test('a long life of updates does not grow it', () => {
  const heap = new RowHeap();
  const rows = 5_000;
  const slots = Array.from({ length: rows }, (_, at) => heap.add(record(`key ${at}`, 1700), at));
  const held = heap.valueBytes(slots[0] ?? 0);
  for (let at = 0; at < 200_000; at += 1)
    heap.replace(slots[(at * 7919) % rows] ?? 0, record(`key ${(at * 7919) % rows}`, 1600 + (at % 200), at));
  const { bytes, liveBytes } = heap.usage();
  expect(liveBytes / rows).toBeLessThan(1900);
  expect(bytes).toBeLessThan(liveBytes / 0.8 + 6 * (1 << 20));
  // What a reader holds of an old record is still what it was.
  expect(held.every((byte) => byte === (1700 & 0xff))).toBe(true);
  for (const slot of slots) heap.remove(slot);
  expect(heap.usage().liveBytes).toBe(0);
  expect(heap.usage().bytes).toBeLessThanOrEqual(1 << 20);
});

test('keys are found whatever their hashes, through adds and removes', () => {
  const step = fc.record({ key: fc.nat(40), adds: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.constantFrom(1, 3, 1021, 2 ** 32), (steps, hashes) => {
      const heap = new RowHeap();
      const index = new KeyIndex(heap);
      const model = new Map<number, number>();
      // Few different hashes, at the end of the table, so that cells collide and wrap around.
      const hashOf = (key: number): number => (1022 + (key % hashes)) >>> 0;
      for (const { key, adds } of steps) {
        const slot = model.get(key);
        if (adds && slot === undefined) {
          const added = heap.add(record(`${key}`, 3), hashOf(key));
          index.add(added);
          model.set(key, added);
        } else if (!adds && slot !== undefined) {
          index.remove(slot);
          heap.remove(slot);
          model.delete(key);
        }
      }
      expect(index.size).toBe(model.size);
      for (let key = 0; key <= 40; key += 1) expect(index.find(toBytes(`${key}`), hashOf(key))).toBe(model.get(key));
    }),
  );
});

test('keys are found when the table has grown', () => {
  const heap = new RowHeap();
  const index = new KeyIndex(heap);
  for (let at = 0; at < 5_000; at += 1) index.add(heap.add(record(`${at}`, 1), Math.imul(at, 2654435761) >>> 0));
  for (let at = 0; at < 5_000; at += 1) {
    const slot = index.find(toBytes(`${at}`), Math.imul(at, 2654435761) >>> 0);
    expect(toText(heap.keyBytes(slot ?? -1))).toBe(`${at}`);
  }
});
