import { expect, test } from 'vitest';
import { silentLog } from '../kernel/index.ts';
import { SimClock, SimIds } from '../testkit/index.ts';
import {
  firstBackOffMs,
  longestBackOffMs,
  maxConcurrent,
  ReconcileLoop,
  type Controller,
  type ReconcileResult,
} from './index.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Bench {
  readonly clock: SimClock;
  readonly loop: ReconcileLoop;
  /** `key@time since start`, of every call. */
  readonly calls: string[];
  readonly state: { enqueue: (key: string) => void; watching: boolean; inWork: number; mostInWork: number };
}

function bench(
  reconcile: (key: string, calls: readonly string[]) => Promise<ReconcileResult> | ReconcileResult,
): Bench {
  const clock = new SimClock(settle);
  const startMs = clock.nowMs();
  const calls: string[] = [];
  const state: Bench['state'] = { enqueue: () => undefined, watching: false, inWork: 0, mostInWork: 0 };
  const controller: Controller = {
    name: 'bench',
    watch(enqueue) {
      state.enqueue = enqueue;
      state.watching = true;
      return () => {
        state.watching = false;
      };
    },
    async reconcile(key) {
      calls.push(`${key}@${clock.nowMs() - startMs}`);
      state.mostInWork = Math.max(state.mostInWork, ++state.inWork);
      try {
        return await reconcile(key, calls);
      } finally {
        state.inWork--;
      }
    },
  };
  const loop = new ReconcileLoop([controller], { clock, ids: new SimIds(1), log: silentLog });
  loop.start();
  return { clock, loop, calls, state };
}

function sleep(clock: SimClock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}

test('[RC-1] a key waiting is queued once; changes while it is in work are one more look', async () => {
  const made: Bench = bench(async () => {
    await sleep(made.clock, 100);
    return {};
  });
  for (let change = 0; change < 5; change++) made.state.enqueue('a');
  await made.clock.advance(50);
  for (let change = 0; change < 5; change++) made.state.enqueue('a');
  await made.clock.advance(1_000);
  expect(made.calls).toEqual(['a@0', 'a@100']);
  expect(made.state.mostInWork).toBe(1);
  expect(made.loop.size).toBe(0);
});

test('[RC-1] a reconcile never runs in the turn of the change', () => {
  const made = bench(() => ({}));
  made.state.enqueue('a');
  expect(made.calls).toEqual([]);
});

test('[RC-2] keys are worked on at the same time up to the bound, the rest in order', async () => {
  const made: Bench = bench(async () => {
    await sleep(made.clock, 10);
    return {};
  });
  const keys = Array.from({ length: 2 * maxConcurrent + 1 }, (_, index) => `k${index}`);
  for (const key of keys) made.state.enqueue(key);
  await made.clock.advance(1_000);
  expect(made.state.mostInWork).toBe(maxConcurrent);
  expect(made.calls.map((call) => call.split('@')[0])).toEqual(keys);
});

test('[RC-3] failures pause longer and longer, up to the longest, and disturb nobody else', async () => {
  const made = bench((key) => {
    if (key === 'bad') throw new Error('no');
    return {};
  });
  made.state.enqueue('bad');
  made.state.enqueue('good');
  await made.clock.advance(20 * longestBackOffMs);
  const times = made.calls.filter((call) => call.startsWith('bad')).map((call) => Number(call.split('@')[1]));
  const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  for (const [index, pause] of pauses.entries()) {
    const longest = Math.min(firstBackOffMs * 2 ** index, longestBackOffMs);
    expect(pause).toBeGreaterThanOrEqual(longest / 2);
    expect(pause).toBeLessThanOrEqual(longest + 1);
  }
  expect(pauses.length).toBeGreaterThan(20);
  expect(new Set(pauses.slice(10)).size).toBeGreaterThan(5);
  expect(made.calls.filter((call) => call.startsWith('good'))).toEqual(['good@0']);
});

test('[RC-3] success forgets the failures', async () => {
  let failing = true;
  const made = bench(() => {
    if (failing) throw new Error('no');
    return {};
  });
  made.state.enqueue('a');
  await made.clock.advance(60_000);
  failing = false;
  await made.clock.advance(2 * longestBackOffMs);
  failing = true;
  const before = made.calls.length;
  made.state.enqueue('a');
  await made.clock.advance(firstBackOffMs);
  expect(made.calls.length).toBe(before + 2);
});

test('[RC-4] is called again at the time asked for, or at once when something changes, which forgets the time', async () => {
  const made: Bench = bench((_key, calls) => (calls.length <= 2 ? { wakeAtMs: made.clock.nowMs() + 1_000 } : {}));
  made.state.enqueue('a');
  await made.clock.advance(999);
  expect(made.calls).toEqual(['a@0']);
  await made.clock.advance(1);
  expect(made.calls).toEqual(['a@0', 'a@1000']);
  await made.clock.advance(500);
  made.state.enqueue('a');
  await made.clock.advance(10_000);
  expect(made.calls).toEqual(['a@0', 'a@1000', 'a@1500']);
});

test('[RC-4] a time that is over means at once, without spinning within it', async () => {
  const made: Bench = bench((_key, calls) => (calls.length < 5 ? { wakeAtMs: 0 } : {}));
  made.state.enqueue('a');
  await made.clock.advance(0);
  await made.clock.advance(10);
  expect(made.calls.length).toBe(5);
});

test('[RC-5] after stop nothing is called, whatever was queued, pausing or in work', async () => {
  const made: Bench = bench(async (key) => {
    if (key === 'fails') throw new Error('no');
    if (key === 'works') await sleep(made.clock, 50);
    return { wakeAtMs: made.clock.nowMs() + 100 };
  });
  for (const key of ['fails', 'waits', 'works']) made.state.enqueue(key);
  await made.clock.advance(10);
  made.state.enqueue('works');
  made.loop.stop();
  const before = made.calls.length;
  made.state.enqueue('late');
  await made.clock.advance(10 * longestBackOffMs);
  expect(made.calls.length).toBe(before);
  expect(made.state.watching).toBe(false);
  expect(made.loop.size).toBe(0);
});
