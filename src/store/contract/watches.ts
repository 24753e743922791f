import { expect, test } from 'vitest';
import type { Revision, Store } from '../store.ts';
import { following } from './following.ts';
import { committed, listed, put } from './operations.ts';

export function describeWatches(store: () => Store): void {
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
