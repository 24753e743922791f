import { expect, test } from 'vitest';
import { randomIds } from './random-ids.ts';

test('ids have the length asked for and never repeat, over many blocks of randomness', () => {
  for (const length of [0, 1, 2, 31, 32, 33, 10_000]) expect(randomIds.hex(length)).toMatch(hexOf(length));
  const seen = new Set(Array.from({ length: 5_000 }, () => randomIds.hex(32)));
  expect(seen.size).toBe(5_000);
  for (const id of seen) expect(id).toMatch(hexOf(32));
});

function hexOf(length: number): RegExp {
  return new RegExp(`^[0-9a-f]{${length}}$`);
}
