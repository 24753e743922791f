import { expect, test } from 'vitest';
import { RowCache } from './row-cache.ts';

test('a row is kept from the second time on that it was decoded for a reader', () => {
  const cache = new RowCache();
  cache.keepRead(1, 7, 'first', 10);
  expect(cache.get(1, 7)).toBeUndefined();
  cache.keepRead(1, 7, 'second', 10);
  expect(cache.get(1, 7)).toBe('second');
  expect(cache.get(1, 8)).toBeUndefined();
});

test('rows read once push out none that is read often', () => {
  const cache = new RowCache();
  for (const row of ['first', 'second']) cache.keepRead(1, 7, row, 10);
  for (let slot = 2; slot < 10_000; slot += 1) cache.keepRead(slot, 7, 'once', 10);
  expect(cache.get(1, 7)).toBe('second');
});

test('a large row is kept by nobody; a forgotten slot has none', () => {
  const cache = new RowCache();
  for (let time = 0; time < 3; time += 1) cache.keepRead(1, 7, 'large', 1_000_000);
  cache.keepWritten(1, 7, 'large', 1_000_000);
  expect(cache.get(1, 7)).toBeUndefined();
  cache.keepWritten(2, 7, 'small', 10);
  expect(cache.get(2, 7)).toBe('small');
  cache.forget(2);
  expect(cache.get(2, 7)).toBeUndefined();
});

test('a row just written is kept for readers from the second read on', () => {
  const cache = new RowCache();
  cache.keepWritten(1, 7, 'written', 10);
  expect(cache.isKept(1, 7)).toBe(false);
  for (let read = 0; read < 2; read += 1) expect(cache.get(1, 7)).toBe('written');
  expect(cache.isKept(1, 7)).toBe(true);
  expect(cache.isKept(1, 8)).toBe(false);
});
