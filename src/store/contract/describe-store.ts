import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InvalidArgument, toBytes, toText, Unavailable } from '../../kernel/index.ts';
import { Compacted, storeLimits, TooLarge, type Entry, type Operation, type Revision, type Store } from '../store.ts';
import { following } from './following.ts';

/** A store of its own for each test; `discard` frees what the test leaves. */
export interface StoreFactory {
  open(): Promise<Store>;
  discard(store: Store): Promise<void>;
}

function put(key: string, text = key): Operation {
  return { put: key, value: toBytes(text) };
}

async function listed(store: Store, prefix: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const page of store.list(prefix)) entries.push(...page.entries);
  return entries;
}

async function committed(store: Store, ...operations: readonly Operation[]): Promise<Revision> {
  const { ok, revision } = await store.transact([], operations);
  expect(ok).toBe(true);
  return revision;
}

/** What every implementation of Store must do. */
export function describeStoreContract(name: string, factory: StoreFactory): void {
  describe(`store contract: ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await factory.open();
    });
    afterEach(async () => {
      await factory.discard(store);
    });
    const current = (): Store => store;
    describeTransactions(current);
    describeKeysAndValues(current);
    describeLimits(current);
    describeLists(current);
    describeWatches(current);
    describeHistory(current);
    describeClose(current);
  });
}

function describeTransactions(store: () => Store): void {
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

function describeKeysAndValues(store: () => Store): void {
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

function describeLimits(store: () => Store): void {
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

function describeLists(store: () => Store): void {
  test('an empty listing has one page that tells the revision', async () => {
    const revision = await committed(store(), put('/a'));
    const pages = [];
    for await (const page of store().list('/none/')) pages.push(page);
    expect(pages).toEqual([{ revision, entries: [] }]);
  });

  test('all pages show one revision while writers go on', async () => {
    const count = 3000;
    for (let from = 0; from < count; from += 100) {
      await committed(store(), ...Array.from({ length: 100 }, (_, at) => put(key(from + at), 'before'.repeat(100))));
    }
    const { revision } = store();
    const seen: Entry[] = [];
    let pages = 0;
    for await (const page of store().list('/list/')) {
      pages += 1;
      expect(page.revision).toBe(revision);
      seen.push(...page.entries);
      // Changes, deletes and adds in front of and behind what was listed.
      await committed(store(), put(key(1), 'after'), { delete: key(2) }, put(`/list/0/${pages}`));
      await committed(store(), put(key(count - 1), 'after'), { delete: key(count - 2) }, put(`/list/z/${pages}`));
    }
    expect(pages).toBeGreaterThan(1);
    expect(seen.map((entry) => entry.key)).toEqual(Array.from({ length: count }, (_, at) => key(at)));
    expect(seen.every((entry) => toText(entry.value) === 'before'.repeat(100) && entry.modRevision <= revision)).toBe(
      true,
    );
    expect((await listed(store(), '/list/')).length).toBe(count - 2 + 2 * pages);

    function key(at: number): string {
      return `/list/k${String(at).padStart(6, '0')}`;
    }
  });

  test('a listing may be left early, again and again', async () => {
    for (let from = 0; from < 1200; from += 100) {
      await committed(store(), ...Array.from({ length: 100 }, (_, at) => put(`/k${from + at}`)));
    }
    for (let round = 0; round < 50; round += 1) {
      for await (const page of store().list('')) {
        expect(page.entries.length).toBeGreaterThan(0);
        break;
      }
    }
    expect((await listed(store(), '')).length).toBe(1200);
  });
}

function describeWatches(store: () => Store): void {
  test('a watcher has seen a change when its writer is told', async () => {
    const { watcher, seen } = following();
    store().watch('/w/', store().revision, watcher);
    const created = await committed(store(), put('/w/a', '1'), put('/else'));
    expect(seen()).toEqual([[created, ['put /w/a 1']]]);
    await committed(store(), put('/else', '2'));
    expect(store().revision).toBe(created + 1);
    const deleted = await committed(store(), { delete: '/w/a' }, { delete: '/w/none' });
    expect(seen().slice(1)).toEqual([[deleted, [`delete /w/a @${deleted}`]]]);
  });

  test('events carry the entry as get shows it', async () => {
    const events: unknown[] = [];
    store().watch('', store().revision, {
      onBatch: (batch) => void events.push(...batch.events),
      onLost: () => undefined,
    });
    await committed(store(), put('/k', '1'));
    await committed(store(), put('/k', '2'));
    expect(events.at(-1)).toEqual({ type: 'put', entry: await store().get('/k') });
  });

  test('from an earlier revision: exactly what came after it, in order, then what comes', async () => {
    const start = await committed(store(), put('/w/0'));
    for (let at = 1; at <= 5; at += 1) await committed(store(), put(`/w/${at}`), put(`/else/${at}`));
    const { watcher, seen } = following();
    store().watch('/w/', start + 2, watcher);
    const writes = [committed(store(), put('/w/6')), committed(store(), put('/w/7'))];
    expect(seen()).toEqual([]);
    await Promise.all(writes);
    expect(seen().flatMap(([, events]) => events)).toEqual(
      ['3', '4', '5', '6', '7'].map((at) => `put /w/${at} /w/${at}`),
    );
    expect(seen().map(([revision]) => revision)).toEqual(
      seen()
        .map(([revision]) => revision)
        .toSorted((a, b) => a - b),
    );
  });

  test('from a revision that is not yet: nothing before it', async () => {
    const { watcher, seen } = following();
    store().watch('', store().revision + 2, watcher);
    for (const key of ['/1', '/2', '/3']) await committed(store(), put(key));
    expect(seen().flatMap(([, events]) => events)).toEqual(['put /3 /3']);
  });

  test('a revision is never split, also under load', async () => {
    const batches: { revision: Revision; revisions: Revision[] }[] = [];
    const perRevision = new Map<Revision, number>();
    store().watch('/s/', store().revision, {
      onBatch: ({ revision, events }) => {
        const revisions = events.map((event) => (event.type === 'put' ? event.entry.modRevision : event.modRevision));
        for (const one of revisions) perRevision.set(one, (perRevision.get(one) ?? 0) + 1);
        batches.push({ revision, revisions });
      },
      onLost: () => undefined,
    });
    const write = (at: number): Promise<Revision> =>
      committed(store(), put(`/s/${at % 7}/a`), put(`/s/${at % 7}/b`), put(`/s/${at}/c`), put('/else'));
    await Promise.all(Array.from({ length: 300 }, (_, at) => write(at)));
    expect(perRevision.size).toBe(300);
    expect([...perRevision.values()].every((count) => count === 3)).toBe(true);
    const order = batches.flatMap(({ revisions }) => revisions);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(batches.every(({ revision, revisions }) => revisions.at(-1) === revision)).toBe(true);
    // No revision stands in two batches.
    for (const [at, { revisions }] of batches.entries()) {
      expect(revisions[0]).toBeGreaterThan(batches[at - 1]?.revision ?? 0);
    }
  });

  test('a watch begun during writes misses nothing and repeats nothing', async () => {
    const writes: Promise<Revision>[] = [];
    const watches: { after: Revision; seen: ReturnType<typeof following>['seen'] }[] = [];
    for (let at = 0; at < 60; at += 1) {
      writes.push(committed(store(), put(`/w/${at}`)));
      if (at % 10 !== 5) continue;
      await writes[at - 3];
      const { watcher, seen } = following();
      const after = store().revision;
      store().watch('/w/', after, watcher);
      watches.push({ after, seen });
    }
    const last = (await Promise.all(writes)).at(-1) ?? 0;
    for (const { after, seen } of watches) {
      const expected = (await listed(store(), '/w/'))
        .filter((entry) => entry.modRevision > after && entry.modRevision <= last)
        .sort((left, right) => left.modRevision - right.modRevision);
      expect(seen().flatMap(([, events]) => events)).toEqual(expected.map(({ key }) => `put ${key} ${key}`));
    }
  });

  test('a closed watch is silent, also when it is closed at once or by another watcher', async () => {
    const [first, second, third] = [following(), following(), following()];
    store().watch('', store().revision, first.watcher).close();
    const subscription = store().watch('', store().revision, second.watcher);
    store().watch('', store().revision, {
      onBatch: () => late.close(),
      onLost: () => undefined,
    });
    const late = store().watch('', store().revision, third.watcher);
    await committed(store(), put('/1'));
    subscription.close();
    subscription.close();
    await committed(store(), put('/2'));
    expect(first.seen()).toEqual([]);
    expect(second.seen().flatMap(([, events]) => events)).toEqual(['put /1 /1']);
    expect(third.seen()).toEqual([]);
  });

  test('many watchers each see their own', async () => {
    const watches = Array.from({ length: 200 }, (_, at) => ({ prefix: `/w/${at}/`, ...following() }));
    for (const { prefix, watcher } of watches) store().watch(prefix, store().revision, watcher);
    await Promise.all(watches.map(({ prefix }) => committed(store(), put(`${prefix}x`))));
    for (const { prefix, seen } of watches) {
      expect(seen().flatMap(([, events]) => events)).toEqual([`put ${prefix}x ${prefix}x`]);
    }
  });

  test('a watcher that throws loses its watch; the others and the writer go on', async () => {
    const other = following();
    const lost: Error[] = [];
    store().watch('', store().revision, {
      onBatch: () => {
        throw new Error('planted');
      },
      onLost: (error) => void lost.push(error),
    });
    store().watch('', store().revision, other.watcher);
    await committed(store(), put('/1'));
    await committed(store(), put('/2'));
    expect(lost.map((error) => error.message)).toEqual([expect.stringContaining('planted')]);
    expect(other.seen().flatMap(([, events]) => events)).toEqual(['put /1 /1', 'put /2 /2']);
  });
}

function describeHistory(store: () => Store): void {
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

function describeClose(store: () => Store): void {
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
