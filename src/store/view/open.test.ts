import { expect, test, vi } from 'vitest';
import {
  Conflict,
  Internal,
  InvalidArgument,
  silentLog,
  toBytes,
  Unavailable,
  type Clock,
  type Log,
} from '../../kernel/index.ts';
import {
  Indeterminate,
  MemoryStore,
  openDatabase,
  TooLarge,
  type Condition,
  type ListPage,
  type OpenDatabase,
  type Operation,
  type RowChange,
  type TableSpec,
  type TransactionResult,
  type WatchBatch,
} from '../index.ts';
import { maxAttempts } from './open.ts';

interface Counter {
  readonly count: number;
  readonly group?: string;
}

const counters: TableSpec<Counter, 'group'> = { prefix: '/counter/', indexes: { group: (row) => row.group } };
const notes: TableSpec<string, never> = { prefix: '/note/', indexes: {} };
const a = '/counter/a';
const b = '/counter/b';

async function open(store = new MemoryStore()): Promise<{ store: MemoryStore; database: OpenDatabase }> {
  const database = await openDatabase(store, [counters, notes], { log: silentLog, freezeRows: true });
  return { store, database };
}

function put(key: string, row: Counter): Operation {
  return { put: key, value: toBytes(JSON.stringify(row)) };
}

test('a transaction reads its own writes, and the tables show it when it resolves', async () => {
  const { database } = await open();
  const { result, revision } = await database.transact((tx) => {
    tx.create(counters, a, { count: 1 });
    const created = tx.get(counters, a);
    tx.put(counters, a, { count: 2 });
    tx.put(counters, b, { count: 3 });
    tx.delete(counters, b);
    return [created, tx.get(counters, a), tx.get(counters, b)];
  });
  expect(result).toEqual([{ count: 1 }, { count: 2 }, undefined]);
  expect(database.get(counters, a)).toEqual({ key: a, row: { count: 2 }, modRevision: revision });
  expect(database.get(counters, b)).toBeUndefined();
  expect(database.revision).toBe(revision);
});

test('a row deleted in a transaction may be created in it again', async () => {
  const { database } = await open();
  await database.transact((tx) => tx.create(counters, a, { count: 1 }));
  await database.transact((tx) => {
    tx.delete(counters, a);
    tx.create(counters, a, { count: 2 });
  });
  expect(database.get(counters, a)?.row).toEqual({ count: 2 });
});

test('what was read must still be so: the transaction is built again on what another writer left', async () => {
  const { store, database } = await open();
  await database.transact((tx) => tx.put(counters, a, { count: 1 }));
  const seen: (Counter | undefined)[][] = [];
  const running = database.transact((tx) => {
    seen.push([tx.get(counters, a), tx.get(counters, b)]);
    tx.put(notes, '/note/sum', `${(tx.get(counters, a)?.count ?? 0) + (tx.get(counters, b)?.count ?? 0)}`);
    // Another process is faster: first with a row that was read, then with one that was read as absent.
    if (seen.length === 1) void store.transact([], [put(a, { count: 10 })]);
    if (seen.length === 2) void store.transact([], [put(b, { count: 5 })]);
  });
  await running;
  expect(seen).toEqual([
    [{ count: 1 }, undefined],
    [{ count: 10 }, undefined],
    [{ count: 10 }, { count: 5 }],
  ]);
  expect(database.get(notes, '/note/sum')?.row).toBe('15');
});

test('a blind put does not depend on what is there', async () => {
  const { store, database } = await open();
  let runs = 0;
  await database.transact((tx) => {
    runs += 1;
    tx.put(counters, a, { count: 1 });
    void store.transact([], [put(a, { count: 10 })]);
  });
  expect(runs).toBe(1);
  expect(database.get(counters, a)?.row).toEqual({ count: 1 });
});

test('many writers of one row all get through, in the order they were refused', async () => {
  const { database } = await open();
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 300 }, async (_, at) => {
      await database.transact((tx) => tx.put(counters, a, { count: (tx.get(counters, a)?.count ?? 0) + 1 }));
      order.push(at);
    }),
  );
  expect(database.get(counters, a)?.row.count).toBe(300);
  expect(order).toEqual(order.toSorted((left, right) => left - right));
});

/** A store whose transactions are always refused by somebody who was faster. */
class ContendedStore extends MemoryStore {
  override async transact(
    conditions: readonly Condition[],
    operations: readonly Operation[],
  ): Promise<TransactionResult> {
    await super.transact([], [put(a, { count: this.revision })]);
    return await super.transact(conditions, operations);
  }
}

test('a transaction that is always refused ends with Conflict', async () => {
  const { database } = await open(new ContendedStore());
  let runs = 0;
  const running = database.transact((tx) => {
    runs += 1;
    tx.put(counters, a, { count: (tx.get(counters, a)?.count ?? 0) + 1 });
  });
  await expect(running).rejects.toThrow(Conflict);
  expect(runs).toBe(maxAttempts);
  // The next in line is not held up by it.
  await database.transact((tx) => tx.put(counters, b, { count: 1 }));
  expect(database.get(counters, b)?.row).toEqual({ count: 1 });
});

test('what build throws aborts the transaction; creating what exists throws Conflict', async () => {
  const { store, database } = await open();
  await database.transact((tx) => tx.create(counters, a, { count: 1 }));
  const planted = new Error('planted');
  const failing = database.transact((tx) => {
    tx.put(counters, a, { count: 2 });
    throw planted;
  });
  await expect(failing).rejects.toBe(planted);
  await expect(database.transact((tx) => tx.create(counters, a, { count: 3 }))).rejects.toThrow(Conflict);
  expect(database.get(counters, a)?.row).toEqual({ count: 1 });
  expect(store.revision).toBe(1);
});

test('a transaction that writes nothing commits nothing', async () => {
  const { store, database } = await open();
  await database.transact((tx) => tx.put(counters, a, { count: 1 }));
  expect(await database.transact((tx) => tx.get(counters, a))).toEqual({ result: { count: 1 }, revision: 1 });
  expect(store.revision).toBe(1);
});

test('misuse is said: asynchronous build, use after the end, foreign keys, tables that were not opened', async () => {
  const { database } = await open();
  await expect(database.transact(async () => await Promise.resolve())).rejects.toThrow('must be built synchronously');
  let kept: { get(spec: typeof counters, key: string): unknown } | undefined;
  await database.transact((tx) => void (kept = tx));
  expect(() => kept?.get(counters, a)).toThrow(Internal);
  await expect(database.transact((tx) => tx.put(counters, '/note/x', { count: 1 }))).rejects.toThrow(Internal);
  const stranger: TableSpec<Counter, never> = { prefix: '/counter/', indexes: {} };
  expect(() => database.table(stranger)).toThrow('was not named');
  await expect(
    openDatabase(new MemoryStore(), [counters, { prefix: '/counter/a/', indexes: {} }], { log: silentLog }),
  ).rejects.toThrow('would share keys');
});

test('limits of the store come through', async () => {
  const { database } = await open();
  const tooMany = database.transact((tx) => {
    for (let at = 0; at < 129; at += 1) tx.put(counters, `/counter/${at}`, { count: at });
  });
  await expect(tooMany).rejects.toThrow(TooLarge);
  await expect(database.transact((tx) => tx.put(notes, '/note/long', 'x'.repeat(1_500_001)))).rejects.toThrow(TooLarge);
  expect(database.table(counters).size).toBe(0);
});

test('a page token stays valid over a restart and while its row goes', async () => {
  const { store, database } = await open();
  for (const name of 'hgfedcba')
    await database.transact((tx) => tx.put(counters, `/counter/${name}`, { count: 1, group: 'g' }));
  const names = (rows: readonly { key: string }[]): string => rows.map(({ key }) => key.at(-1)).join('');
  const first = database.table(counters).page('group', 'g', { limit: 3 });
  expect(names(first.rows)).toBe('hgf');
  await database.transact((tx) => ['f', 'e'].forEach((name) => tx.delete(counters, `/counter/${name}`)));
  await database.transact((tx) => tx.put(counters, '/counter/h', { count: 2, group: 'other' }));
  await database.transact((tx) => tx.put(counters, '/counter/f', { count: 3, group: 'g' }));
  const again = await open(store);
  for (const { table } of [database, again.database].map((one) => ({ table: one.table(counters) }))) {
    const rest = table.page('group', 'g', { limit: 5, ...(first.next !== undefined && { after: first.next }) });
    expect([names(rest.rows), rest.next]).toEqual(['dcbaf', undefined]);
    expect(() => table.page('group', 'g', { limit: 5, after: 'nonsense!' })).toThrow(InvalidArgument);
    expect(() => table.page('group', 'g', { limit: 0 })).toThrow(InvalidArgument);
    expect(names(table.page('group', 'g', { limit: 6 }).rows)).toBe('gdcbaf');
  }
});

test('changes come in order with what was before and after; a listener that throws is logged and stops nobody', async () => {
  const errors: string[] = [];
  const log: Log = { ...silentLog, error: (message) => void errors.push(message) };
  const database = await openDatabase(new MemoryStore(), [counters], { log, freezeRows: true });
  const changes: RowChange<Counter>[] = [];
  database.table(counters).onChange(() => {
    throw new Error('planted');
  });
  const stop = database.table(counters).onChange((change) => void changes.push(change));
  await database.transact((tx) => tx.put(counters, a, { count: 1 }));
  await database.transact((tx) => tx.put(counters, a, { count: 2 }));
  await database.transact((tx) => tx.delete(counters, a));
  stop();
  await database.transact((tx) => tx.put(counters, a, { count: 3 }));
  // Read only now: they are decoded late, and still say what was.
  expect(changes.map(({ key, revision, before, after }) => [key, revision, before?.count, after?.count])).toEqual([
    [a, 1, undefined, 1],
    [a, 2, 1, 2],
    [a, 3, 2, undefined],
  ]);
  expect(errors.length).toBe(4);
});

test('a row written is the tables’ own: they hand it out, and its writer cannot change it in tests', async () => {
  const { database } = await open();
  const row = { count: 1, group: 'x' };
  await database.transact((tx) => tx.put(counters, a, row));
  expect(database.get(counters, a)?.row).toBe(row);
  expect(() => {
    row.count = 2;
  }).toThrow(TypeError);
});

test('a row that another writer put under the same key meanwhile is read from its bytes', async () => {
  const { store, database } = await open();
  const row = { count: 1 };
  const written = database.transact((tx) => tx.put(counters, a, row));
  const other = store.transact([], [put(a, { count: 2 })]);
  await Promise.all([written, other]);
  expect(database.get(counters, a)?.row).toEqual({ count: 2 });
});

test('rows handed out cannot be changed in tests', async () => {
  const { database } = await open();
  await database.transact((tx) => tx.put(counters, a, { count: 1 }));
  const row = database.get(counters, a)?.row as { count: number };
  expect(() => (row.count = 2)).toThrow(TypeError);
});

test('a document that is not JSON is named when the database is opened', async () => {
  const store = new MemoryStore();
  await store.transact([], [{ put: a, value: toBytes('{') }]);
  await expect(openDatabase(store, [counters], { log: silentLog })).rejects.toThrow(`the document ${a} is not JSON`);
});

test('an index that fails is logged; the row is there without it', async () => {
  const errors: unknown[] = [];
  const spec: TableSpec<{ parts: string[] }, 'first'> = {
    prefix: '/p/',
    indexes: { first: (row) => row.parts[0]?.trim() },
  };
  const log: Log = { ...silentLog, error: (message, fields) => void errors.push([message, fields?.['key']]) };
  const store = new MemoryStore();
  await store.transact([], [{ put: '/p/1', value: toBytes('{}') }]);
  const database = await openDatabase(store, [spec], { log });
  expect(database.table(spec).size).toBe(1);
  expect(errors).toEqual([['index of a row failed; the row is not found by it', '/p/1']]);
});

/** A store that is written to between the first listing and the watch, more than its history remembers. */
class BusyStore extends MemoryStore {
  lists = 0;

  override async *list(prefix: string): AsyncGenerator<ListPage> {
    this.lists += 1;
    yield* super.list(prefix);
    if (this.lists > 1) return;
    for (const key of [a, b, a]) await this.transact([], [put(key, { count: this.revision })]);
  }
}

test('a watch that comes too late for the history lists again', async () => {
  const warnings: unknown[] = [];
  const log: Log = { ...silentLog, warn: (message, fields) => void warnings.push([message, fields?.['error']]) };
  const store = new BusyStore({ maxRevisions: 1, maxBytes: 1_000 });
  const database = await openDatabase(store, [counters], { log });
  await database.transact((tx) => tx.put(counters, '/counter/c', { count: 9 }));
  expect(warnings).toEqual([['watch of the store lost; listing again', 'revisions up to 2 are compacted']]);
  expect(store.lists).toBe(2);
  expect([a, b, '/counter/c'].map((key) => database.get(counters, key)?.row.count)).toEqual([2, 1, 9]);
});

/** A store that cannot be listed while `isDown`. */
class UnsteadyStore extends MemoryStore {
  isDown = false;

  override async *list(prefix: string): AsyncGenerator<ListPage> {
    if (this.isDown) throw new Unavailable('planted');
    yield* super.list(prefix);
  }
}

test('a re-listing that fails is tried again by the clock; who waits is told that the outcome is not shown', async () => {
  const timers: { delayMs: number; run: () => void }[] = [];
  const clock: Clock = { nowMs: () => 0, after: (delayMs, run) => (timers.push({ delayMs, run }), () => undefined) };
  const store = new UnsteadyStore();
  const database = await openDatabase(store, [counters], { log: silentLog, clock });
  store.isDown = true;
  store.loseWatches();
  await expect(database.transact((tx) => tx.put(counters, a, { count: 1 }))).rejects.toThrow(Indeterminate);
  expect(database.get(counters, a)).toBeUndefined();
  // From then on it refuses before it writes.
  await expect(database.transact((tx) => tx.put(counters, b, { count: 1 }))).rejects.toThrow(Unavailable);
  expect(store.revision).toBe(1);
  expect(timers.map(({ delayMs }) => delayMs)).toEqual([1000]);
  store.isDown = false;
  timers[0]?.run();
  await vi.waitFor(() => expect(database.get(counters, a)?.row).toEqual({ count: 1 }));
  await database.transact((tx) => tx.put(counters, a, { count: 2 }));
  expect(database.get(counters, a)?.row).toEqual({ count: 2 });
});

test('without a clock a re-listing that fails closes the database', async () => {
  const store = new UnsteadyStore();
  const database = await openDatabase(store, [counters], { log: silentLog });
  store.isDown = true;
  store.loseWatches();
  await vi.waitFor(() =>
    expect(database.transact((tx) => tx.put(counters, a, { count: 1 }))).rejects.toThrow(Unavailable),
  );
});

test('a closed database follows no more and writes no more', async () => {
  const { store, database } = await open();
  const batches: WatchBatch[] = [];
  store.watch('', 0, { onBatch: (batch) => void batches.push(batch), onLost: () => undefined });
  database.close();
  await store.transact([], [put(a, { count: 1 })]);
  expect(batches.length).toBe(1);
  expect(database.get(counters, a)).toBeUndefined();
  await expect(database.transact((tx) => tx.put(counters, b, { count: 1 }))).rejects.toThrow('the database is closed');
});
