import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, expect, test } from 'vitest';
import { silentLog, toBytes, Unavailable } from '../../kernel/index.ts';
import { describeStoreContract } from '../contract/describe-store.ts';
import { following } from '../contract/following.ts';
import { Indeterminate, openDatabase, type Store, type TableSpec } from '../index.ts';
import { Channel } from './channel.ts';
import { openEmbeddedStore } from './index.ts';
import { EmbeddedStore } from './store.ts';

const directories = new Map<Store, string>();

async function open(): Promise<Store> {
  const directory = mkdtempSync(join(tmpdir(), 'longshore-store-'));
  const store = await openEmbeddedStore({ directory, log: silentLog });
  directories.set(store, directory);
  return store;
}

async function discard(store: Store): Promise<void> {
  await store.close();
  rmSync(directories.get(store) ?? '', { recursive: true });
  directories.delete(store);
}

describeStoreContract('embedded', { open, discard });

/** A directory with a past, made once and copied for each test. */
let past: string | undefined;

async function directoryWithPast(): Promise<string> {
  const store = await open();
  const value = toBytes('of an earlier life');
  await store.transact(
    [],
    ['/k', '/gone'].map((put) => ({ put, value })),
  );
  await store.transact([], [{ delete: '/k' }, { delete: '/gone' }]);
  await store.close();
  return directories.get(store) ?? '';
}

describeStoreContract('embedded, opened again', {
  open: async () => {
    past ??= await directoryWithPast();
    const directory = mkdtempSync(join(tmpdir(), 'longshore-store-'));
    cpSync(past, directory, { recursive: true });
    const store = await openEmbeddedStore({ directory, log: silentLog });
    directories.set(store, directory);
    return store;
  },
  discard,
});

afterAll(() => {
  if (past !== undefined) rmSync(past, { recursive: true });
});

test('a database over it shows every write when its writer is told, and the same rows after a restart', async () => {
  const counters: TableSpec<{ readonly count: number }, 'parity'> = {
    prefix: '/counter/',
    indexes: { parity: (row) => (row.count % 2 === 0 ? 'even' : 'odd') },
  };
  const store = await open();
  const database = await openDatabase(store, [counters], { log: silentLog, freezeRows: true });
  const increment = async (at: number): Promise<void> => {
    const key = `/counter/${at % 10}`;
    const { result } = await database.transact((tx) => {
      const count = (tx.get(counters, key)?.count ?? 0) + 1;
      tx.put(counters, key, { count });
      return count;
    });
    expect(database.get(counters, key)?.row.count).toBeGreaterThanOrEqual(result);
  };
  await Promise.all(Array.from({ length: 205 }, (_, at) => increment(at)));
  expect(database.table(counters).count('parity', 'odd')).toBe(5);
  const page = database.table(counters).page('parity', 'even', { limit: 3 });
  await store.close();
  database.close();
  const directory = directories.get(store) ?? '';
  const again = await openEmbeddedStore({ directory, log: silentLog });
  directories.set(again, directory);
  const reopened = (await openDatabase(again, [counters], { log: silentLog })).table(counters);
  expect(reopened.page('parity', 'even', { limit: 3 })).toEqual(page);
  expect([...reopened.keys('parity', 'odd')].toSorted()).toEqual([0, 1, 2, 3, 4].map((at) => `/counter/${at}`));
  await discard(again);
});

test('more than may wait for the disk is refused at once; what waited is written', async () => {
  const store = await open();
  const writes = Array.from({ length: 21_000 }, (_, at) =>
    store.transact([], [{ put: `/${at}`, value: toBytes('v') }]),
  );
  const settled = await Promise.allSettled(writes);
  const refused = settled.filter((one) => one.status === 'rejected');
  expect(refused.length).toBe(1_000);
  expect(refused[0]?.reason).toBeInstanceOf(Unavailable);
  expect(String(refused[0]?.reason)).toContain('the store cannot keep up: 20000 transactions');
  expect(store.revision).toBe(20_000);
  expect((await store.transact([], [{ put: '/after', value: toBytes('v') }])).ok).toBe(true);
  await discard(store);
});

test('a journal that fails during a commit: outcome unknown, then nothing more, and everybody is told', async () => {
  const worker = new Worker(`require('node:worker_threads').parentPort.once('message', () => process.exit(3))`, {
    eval: true,
  });
  const failures: string[] = [];
  const channel = new Channel(worker, (failure) => {
    failures.push(failure.message);
    store.fail(new Unavailable(failure.message));
  });
  const store: EmbeddedStore = new EmbeddedStore(channel, 7, silentLog);
  const { watcher, lost } = following();
  store.watch('', 7, watcher);
  const write = (): Promise<unknown> => store.transact([], [{ put: '/k', value: toBytes('v') }]);
  const first = write();
  const second = new Promise((resolve) => setTimeout(resolve)).then(write);
  await expect(first).rejects.toThrow(Indeterminate);
  await expect(second).rejects.toThrow(Unavailable);
  await expect(write()).rejects.toThrow(Unavailable);
  await expect(store.get('/k')).rejects.toThrow(Unavailable);
  expect(failures).toEqual(['the thread ended (3)']);
  expect(lost()).toEqual([expect.any(Unavailable)]);
  await store.close();
});
