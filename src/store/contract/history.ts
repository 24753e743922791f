import { expect, test } from 'vitest';
import { Unavailable } from '../../kernel/index.ts';
import { Compacted, type Store } from '../store.ts';
import { following } from './following.ts';
import { committed, listed, put } from './operations.ts';

export function describeHistory(store: () => Store): void {
  test('compaction ends the past for watches, not the present values', async () => {
    const first = await committed(store(), put('/k', '1'));
    await committed(store(), put('/k', '2'));
    const third = await committed(store(), put('/k', '3'));
    await store().compact(first + 1);
    const before = following();
    store().watch('', first, before.watcher);
    const at = following();
    store().watch('', first + 1, at.watcher);
    await committed(store(), put('/l'));
    expect(before.lost()).toEqual([expect.any(Compacted)]);
    expect((before.lost()[0] as Compacted).compactedRevision).toBe(first + 1);
    expect(before.seen()).toEqual([]);
    expect(at.seen().flatMap(([, events]) => events)).toEqual(['put /k 3', 'put /l /l']);
    expect(at.lost()).toEqual([]);
    expect(await store().get('/k')).toMatchObject({ createRevision: first, modRevision: third });
  });

  test('compaction beyond the present is compaction up to it', async () => {
    const revision = await committed(store(), put('/k'));
    await store().compact(revision + 1000);
    await store().compact(1);
    const { watcher, seen, lost } = following();
    store().watch('', revision, watcher);
    await committed(store(), put('/l'));
    expect(lost()).toEqual([]);
    expect(seen().flatMap(([, events]) => events)).toEqual(['put /l /l']);
  });

  test('a live watch outlives compaction', async () => {
    const { watcher, seen, lost } = following();
    store().watch('', store().revision, watcher);
    await committed(store(), put('/1'));
    await store().compact(store().revision);
    await committed(store(), put('/2'));
    expect(seen().flatMap(([, events]) => events)).toEqual(['put /1 /1', 'put /2 /2']);
    expect(lost()).toEqual([]);
  });
}

export function describeClose(store: () => Store): void {
  test('close waits for what was handed in, ends the watches, and refuses the rest', async () => {
    const { watcher, seen, lost } = following();
    store().watch('', store().revision, watcher);
    const writes = Array.from({ length: 20 }, (_, at) => store().transact([], [put(`/${at}`)]));
    await store().close();
    expect((await Promise.all(writes)).every((result) => result.ok)).toBe(true);
    expect(seen().flatMap(([, events]) => events).length).toBe(20);
    expect(lost()).toEqual([expect.any(Unavailable)]);
    await expect(store().transact([], [put('/x')])).rejects.toThrow(Unavailable);
    await expect(store().get('/0')).rejects.toThrow(Unavailable);
    await expect(listed(store(), '')).rejects.toThrow(Unavailable);
    const late = following();
    store().watch('', 0, late.watcher);
    await Promise.resolve();
    expect(late.lost()).toEqual([expect.any(Unavailable)]);
    await store().close();
  });
}
