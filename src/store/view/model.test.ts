import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { silentLog, toBytes } from '../../kernel/index.ts';
import {
  MemoryStore,
  openDatabase,
  type Database,
  type ListPage,
  type Operation,
  type Revision,
  type RowChange,
  type TableSpec,
} from '../index.ts';

interface Thing {
  readonly name: string;
  readonly colors: readonly string[];
  readonly size?: number;
}

const things: TableSpec<Thing, 'name' | 'color' | 'size'> = {
  prefix: '/test/thing/',
  indexes: {
    name: (row) => row.name,
    color: (row) => row.colors,
    size: (row) => (row.size === undefined ? undefined : `${row.size}`),
  },
};
const others: TableSpec<{ readonly n: number }, never> = { prefix: '/test/thing-other/', indexes: {} };

/** A store whose listings wait, so that a test can write while nobody watches. */
class GatedStore extends MemoryStore {
  gate: Promise<void> = Promise.resolve();

  override async *list(prefix: string): AsyncGenerator<ListPage> {
    await this.gate;
    yield* super.list(prefix);
  }

  /** Cuts the watches, writes behind the database's back, and lets it list again. */
  async missed(...transactions: readonly (readonly Operation[])[]): Promise<Revision> {
    let open: () => void = () => undefined;
    this.gate = new Promise((resolve) => (open = resolve));
    this.loseWatches();
    for (const operations of transactions) await this.transact([], operations);
    open();
    return this.revision;
  }
}

function put(key: string, row: Thing): Operation {
  return { put: key, value: toBytes(JSON.stringify(row)) };
}

interface Known {
  readonly row: Thing;
  readonly order: number;
}

const names = ['a', 'b', 'ü', ''];
const colors = ['red', 'blue', 'green'];
const thing = fc.record(
  {
    name: fc.constantFrom(...names),
    colors: fc.array(fc.constantFrom(...colors), { maxLength: 4 }),
    size: fc.integer({ min: 0, max: 2 }),
  },
  { requiredKeys: ['name', 'colors'] },
);
const key = fc.constantFrom(
  ...Array.from({ length: 12 }, (_, at) => `${things.prefix}${String.fromCodePoint(0xe0 + at)}`),
);
const keys = fc.uniqueArray(key, { minLength: 1, maxLength: 4 });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('put' as const), keys, row: thing, missed: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), keys, missed: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('recreate' as const), keys, row: thing }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
);

/** What a table must show, worked out by scanning. */
function expected(model: ReadonlyMap<string, Known>, index: keyof typeof things.indexes, value: string): string[] {
  return [...model]
    .filter(([, { row }]) => {
      const found = { name: row.name, color: row.colors, size: row.size?.toString() }[index];
      return typeof found === 'string' ? found === value : (found ?? []).includes(value);
    })
    .sort(([leftKey, left], [rightKey, right]) => left.order - right.order || (leftKey < rightKey ? -1 : 1))
    .map(([found]) => found);
}

function check(database: Database, model: ReadonlyMap<string, Known>): void {
  const table = database.table(things);
  expect(table.size).toBe(model.size);
  for (const [found, { row }] of model) expect(table.get(found)?.row).toEqual(row);
  const seen = { name: new Set<string>(), color: new Set<string>(), size: new Set<string>() };
  for (const index of ['name', 'color', 'size'] as const) {
    for (const value of [...names, ...colors, '0', '1', '2']) {
      const want = expected(model, index, value);
      if (want.length > 0) seen[index].add(value);
      expect(table.count(index, value)).toBe(want.length);
      expect([...table.keys(index, value)]).toEqual(want);
      const paged: string[] = [];
      for (let after: string | undefined; ;) {
        const page = table.page(index, value, { limit: 2, ...(after !== undefined && { after }) });
        paged.push(...page.rows.map((row) => row.key));
        for (const row of page.rows) expect(row.row).toEqual(model.get(row.key)?.row);
        after = page.next;
        if (after === undefined) break;
      }
      expect(paged).toEqual(want);
    }
    expect(new Set(table.values(index))).toEqual(seen[index]);
  }
}

test('tables equal a model that scans, under any transactions, re-listings and restarts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const store = new GatedStore();
      const options = { log: silentLog, freezeRows: true };
      let database = await openDatabase(store, [things, others], options);
      const model = new Map<string, Known>();
      const write = async (missed: boolean, operations: readonly Operation[]): Promise<Revision> =>
        missed ? await store.missed(operations) : (await store.transact([], operations)).revision;
      for (const one of steps) {
        if (one.kind === 'reopen') {
          database.close();
          database = await openDatabase(store, [others, things], options);
        } else if (one.kind === 'put') {
          const revision = await write(
            one.missed,
            one.keys.map((found) => put(found, one.row)),
          );
          for (const found of one.keys) model.set(found, { row: one.row, order: model.get(found)?.order ?? revision });
        } else if (one.kind === 'delete') {
          await write(
            one.missed,
            one.keys.map((found) => ({ delete: found })),
          );
          for (const found of one.keys) model.delete(found);
        } else {
          await store.missed(one.keys.map((found) => ({ delete: found })));
          const revision = await store.missed(one.keys.map((found) => put(found, one.row)));
          for (const found of one.keys) model.set(found, { row: one.row, order: revision });
        }
      }
      // Waits for the last re-listing: a transaction's tables show all before it.
      await database.transact((tx) => tx.put(others, `${others.prefix}last`, { n: 1 }));
      expect(database.revision).toBe(store.revision);
      check(database, model);
      database.close();
    }),
    { numRuns: 200 },
  );
});

test('a row deleted and created again while the view was away moves to the end of its lists', async () => {
  const store = new GatedStore();
  const database = await openDatabase(store, [things, others], { log: silentLog });
  const row: Thing = { name: 'a', colors: ['red'] };
  for (const name of ['1', '2', '3']) await database.transact((tx) => tx.put(things, things.prefix + name, row));
  const changes: RowChange<Thing>[] = [];
  database.table(things).onChange((change) => changes.push(change));
  await store.missed(
    [{ delete: `${things.prefix}1` }, { delete: `${things.prefix}2` }],
    [put(`${things.prefix}1`, { ...row, size: 1 })],
  );
  await database.transact((tx) => tx.put(others, `${others.prefix}last`, { n: 1 }));
  expect([...database.table(things).keys('color', 'red')].map((found) => found.at(-1))).toEqual(['3', '1']);
  expect(changes.map((change) => [change.key.at(-1), change.before, change.after])).toEqual([
    ['1', row, { ...row, size: 1 }],
    ['2', row, undefined],
  ]);
});
