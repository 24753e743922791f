import { expect, test } from 'vitest';
import { InvalidArgument } from '../../kernel/index.ts';
import { storeLimits, TooLarge, type Operation, type Store } from '../store.ts';
import { committed, listed, put } from './operations.ts';

export function describeKeysAndValues(store: () => Store): void {
  test('values are bytes: empty, every byte, not UTF-8', async () => {
    const values = [new Uint8Array(0), Uint8Array.from({ length: 256 }, (_, at) => at), Uint8Array.of(0xff, 0xfe, 0)];
    // A view into a larger buffer, as a reader of requests has it.
    const larger = Uint8Array.from({ length: 40 }, (_, at) => at);
    values.push(larger.subarray(10, 20));
    for (const [at, value] of values.entries()) await committed(store(), { put: `/${at}`, value });
    for (const [at, value] of values.entries()) {
      expect([...((await store().get(`/${at}`))?.value ?? [1, 2, 3])]).toEqual([...value]);
    }
    expect((await listed(store(), '/')).map((entry) => [...entry.value])).toEqual(values.map((value) => [...value]));
  });

  test('keys are ordered by their UTF-8 bytes', async () => {
    const keys = [
      '/',
      '/A',
      '/a',
      '/a\u0001',
      '/a/',
      '/aa',
      '/ä',
      '/\uffee',
      '/\u{1F600}',
      '/\u{1F600}/1',
      '/\u{10FFFF}',
    ];
    for (const key of keys.toReversed()) await committed(store(), put(key));
    expect((await listed(store(), '/')).map((entry) => entry.key)).toEqual(keys);
    expect((await listed(store(), '/\u{1F600}')).map((entry) => entry.key)).toEqual(['/\u{1F600}', '/\u{1F600}/1']);
    expect((await store().get('/\u{10FFFF}'))?.key).toBe('/\u{10FFFF}');
  });

  test.each(['', 'a\0b', '\ud800', 'x\udc00y'])('the key %j is refused', async (key) => {
    await expect(store().transact([], [put(key, 'x')])).rejects.toThrow(InvalidArgument);
    await expect(store().transact([{ key, modRevision: 0 }], [])).rejects.toThrow(InvalidArgument);
    await expect(store().get(key)).rejects.toThrow(InvalidArgument);
  });

  test.each([-1, 0.5, NaN, 2 ** 53])('the condition on revision %d is refused', async (modRevision) => {
    await expect(store().transact([{ key: '/k', modRevision }], [])).rejects.toThrow(InvalidArgument);
  });

  test('a prefix is a prefix, not a folder', async () => {
    for (const key of ['/a', '/a/b', '/ab', '/b', '/a%', '/A']) await committed(store(), put(key));
    const keys = async (prefix: string): Promise<string[]> => (await listed(store(), prefix)).map((entry) => entry.key);
    expect(await keys('/a')).toEqual(['/a', '/a%', '/a/b', '/ab']);
    expect(await keys('/a/')).toEqual(['/a/b']);
    expect(await keys('/a%')).toEqual(['/a%']);
    expect(await keys('/_')).toEqual([]);
    expect(await keys('')).toEqual(['/A', '/a', '/a%', '/a/b', '/ab', '/b']);
    expect(await keys('/zz')).toEqual([]);
  });
}

export function describeLimits(store: () => Store): void {
  test('as many conditions and operations as allowed, and one more', async () => {
    expect(store().limits).toEqual(storeLimits);
    const { maxOperations } = storeLimits;
    const operations = Array.from({ length: maxOperations - 1 }, (_, at) => put(`/${at}`));
    const condition = { key: '/none', modRevision: 0 };
    expect((await store().transact([condition], operations)).ok).toBe(true);
    await expect(store().transact([condition, condition], operations)).rejects.toThrow(TooLarge);
    await expect(store().transact([], [...operations, put('/x'), put('/y')])).rejects.toThrow(TooLarge);
    expect(await store().get('/x')).toBeUndefined();
  });

  test('as many bytes as allowed, and one more', async () => {
    const { maxBytes } = storeLimits;
    const value = new Uint8Array(maxBytes - 7).fill(7);
    const write = (length: number): Operation[] => [{ put: '/kä', value: value.subarray(0, length) }];
    expect((await store().transact([{ key: '/n', modRevision: 0 }], write(maxBytes - 6))).ok).toBe(true);
    expect((await store().get('/kä'))?.value.length).toBe(maxBytes - 7);
    await expect(store().transact([{ key: '/nnn', modRevision: 0 }], write(maxBytes - 7))).rejects.toThrow(TooLarge);
  });
}
