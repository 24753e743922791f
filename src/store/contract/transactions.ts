import { expect, test } from 'vitest';
import { InvalidArgument, toBytes, toText } from '../../kernel/index.ts';
import type { Store } from '../store.ts';
import { committed, listed, put } from './operations.ts';

export function describeTransactions(store: () => Store): void {
  test('compare and set: one of two writers that read the same revision is refused and changes nothing', async () => {
    const first = await committed(store(), put('/k', 'first'));
    const results = await Promise.all([
      store().transact([{ key: '/k', modRevision: first }], [put('/k', 'a')]),
      store().transact([{ key: '/k', modRevision: first }], [put('/k', 'b'), put('/other')]),
    ]);
    expect(results).toEqual([
      { ok: true, revision: first + 1 },
      { ok: false, revision: first + 1 },
    ]);
    expect(await store().get('/k')).toEqual({
      key: '/k',
      value: toBytes('a'),
      modRevision: first + 1,
      createRevision: first,
    });
    expect(await store().get('/other')).toBeUndefined();
  });

  test('conditions are compared against transactions handed in before, durable or not', async () => {
    const start = store().revision;
    const results = await Promise.all([
      store().transact([{ key: '/k', modRevision: 0 }], [put('/k', '1')]),
      store().transact([{ key: '/k', modRevision: start + 1 }], [put('/k', '2')]),
      store().transact([{ key: '/k', modRevision: 0 }], [put('/k', '3')]),
      store().transact([{ key: '/k', modRevision: start + 2 }], [{ delete: '/k' }]),
      store().transact([{ key: '/k', modRevision: 0 }], [put('/k', '5')]),
    ]);
    expect(results.map((result) => result.ok)).toEqual([true, true, false, true, true]);
    expect(results.map((result) => result.revision - start)).toEqual([1, 2, 2, 3, 4]);
    expect(toText((await store().get('/k'))?.value ?? new Uint8Array())).toBe('5');
  });

  test('several keys change together: one condition that fails refuses all', async () => {
    const revision = await committed(store(), put('/a', '1'), put('/b', '1'));
    const conditions = [
      { key: '/a', modRevision: revision },
      { key: '/b', modRevision: revision + 7 },
      { key: '/absent', modRevision: 0 },
    ];
    const refused = await store().transact(conditions, [put('/a', '2'), { delete: '/b' }, put('/c')]);
    expect(refused).toEqual({ ok: false, revision });
    expect((await listed(store(), '/')).map((entry) => [entry.key, toText(entry.value), entry.modRevision])).toEqual([
      ['/a', '1', revision],
      ['/b', '1', revision],
    ]);
  });

  test('a condition on an absent key: 0 holds, anything else does not', async () => {
    expect((await store().transact([{ key: '/none', modRevision: 0 }], [put('/a')])).ok).toBe(true);
    expect((await store().transact([{ key: '/none', modRevision: 1 }], [put('/a')])).ok).toBe(false);
    expect((await store().transact([{ key: '/a', modRevision: 0 }], [put('/b')])).ok).toBe(false);
  });

  test('a key written twice in one transaction is refused', async () => {
    await expect(store().transact([], [put('/a'), put('/a')])).rejects.toThrow(InvalidArgument);
    await expect(store().transact([], [put('/a'), { delete: '/a' }])).rejects.toThrow('/a is written twice');
    expect(await store().get('/a')).toBeUndefined();
  });

  test('every transaction that changes something has the next revision; one that does not has none', async () => {
    const start = store().revision;
    const revisions = await Promise.all(Array.from({ length: 50 }, (_, at) => committed(store(), put(`/${at}`))));
    expect(revisions).toEqual(Array.from({ length: 50 }, (_, at) => start + 1 + at));
    expect(await store().transact([], [])).toEqual({ ok: true, revision: start + 50 });
    expect(await store().transact([], [{ delete: '/none' }])).toEqual({ ok: true, revision: start + 50 });
    expect(await store().transact([{ key: '/none', modRevision: 3 }], [])).toEqual({ ok: false, revision: start + 50 });
    expect(store().revision).toBe(start + 50);
    expect(await committed(store(), { delete: '/none' }, { delete: '/1' })).toBe(start + 51);
  });

  test('a key deleted and created again has a new createRevision; an update keeps it', async () => {
    const created = await committed(store(), put('/k', '1'));
    const updated = await committed(store(), put('/k', '2'));
    expect(await store().get('/k')).toMatchObject({ createRevision: created, modRevision: updated });
    await committed(store(), { delete: '/k' });
    expect(await store().get('/k')).toBeUndefined();
    const again = await committed(store(), put('/k', '3'));
    expect(await store().get('/k')).toMatchObject({ createRevision: again, modRevision: again });
  });
}
