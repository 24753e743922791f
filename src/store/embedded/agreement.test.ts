import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLog, toBytes } from '../../kernel/index.ts';
import { following } from '../contract/following.ts';
import { MemoryStore } from '../memory/store.ts';
import type { Condition, Entry, Store } from '../store.ts';
import { openEmbeddedStore } from './index.ts';

let directory: string;
let embedded: Store;
let memory: Store;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'longshore-agree-'));
  embedded = await openEmbeddedStore({ directory, log: silentLog });
  memory = new MemoryStore();
});

afterAll(async () => {
  await embedded.close();
  rmSync(directory, { recursive: true });
});

const key = fc.constantFrom('/a', '/a/', '/a/b', '/ab', '/ä', '/\u{1F600}', '/\uffee');
/** Conditions name revisions by how far they are from the key's own, so that both outcomes are common. */
const condition = fc.record({ key, off: fc.constantFrom(0, 0, 0, 1) });
const operation = fc.oneof(
  fc.record({ put: key, value: fc.uint8Array({ maxLength: 20 }) }),
  fc.record({ delete: key }),
);
const transaction = fc.record({
  conditions: fc.array(condition, { maxLength: 3 }),
  operations: fc.array(operation, { maxLength: 4 }),
});
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('transact' as const),
      transactions: fc.array(transaction, { maxLength: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('get' as const), key }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('list' as const),
      prefix: fc.constantFrom('', '/', '/a', '/a/', '/\u{1F600}'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('compact' as const), back: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('watch' as const), back: fc.nat(5) }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

async function run(store: Store, one: Step): Promise<unknown> {
  switch (one.kind) {
    case 'transact': {
      const revisions = new Map<string, number>();
      for await (const page of store.list(''))
        for (const entry of page.entries) revisions.set(entry.key, entry.modRevision);
      const results = one.transactions.map(({ conditions, operations }) => {
        const exact: Condition[] = conditions.map(({ key: on, off }) => ({
          key: on,
          modRevision: (revisions.get(on) ?? 0) + off,
        }));
        return store.transact(exact, operations);
      });
      return (await Promise.allSettled(results)).map((result) =>
        result.status === 'fulfilled' ? result.value : String(result.reason),
      );
    }
    case 'get':
      return plain(await store.get(one.key));
    case 'list': {
      const entries: Entry[] = [];
      for await (const page of store.list(one.prefix)) entries.push(...page.entries);
      return entries.map(plain);
    }
    case 'compact':
      return await store.compact(store.revision - one.back);
    case 'watch': {
      const { watcher, seen, lost } = following();
      const subscription = store.watch('/a', Math.max(0, store.revision - one.back), watcher);
      await store.transact([], [{ put: '/a', value: toBytes('x') }, { delete: '/a/b' }]);
      subscription.close();
      // How revisions are put into batches is the store's own business.
      return [seen().flatMap(([, events]) => events), lost().map(String)];
    }
  }
}

function plain(entry: Entry | undefined): unknown {
  return entry && { ...entry, value: [...entry.value] };
}

test('memory and embedded answer every operation alike', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      for (const one of steps) {
        expect(await run(embedded, one)).toEqual(await run(memory, one));
        expect(embedded.revision).toBe(memory.revision);
      }
    }),
    { numRuns: 150 },
  );
});
