import { describe, expect, test } from 'vitest';
import { silentLog } from '../kernel/index.ts';
import { SimClock, SimIds } from '../testkit/index.ts';
import { firstBackOffMs, longestBackOffMs, maxConcurrent, ReconcileLoop, type ReconcileResult } from './index.ts';

/** A controller under test: `enqueue` stands for a change, `work` for what reconciling does. */
function opened(work: (key: string) => Promise<ReconcileResult> | ReconcileResult) {
  const clock = new SimClock(() => new Promise((resolve) => void setImmediate(resolve)));
  const calls: { readonly key: string; readonly atMs: number }[] = [];
  const startMs = clock.nowMs();
  let enqueue: (key: string) => void = () => undefined;
  let watching = false;
  const loop = new ReconcileLoop(
    [
      {
        name: 'test',
        watch(given) {
          enqueue = given;
          watching = true;
          given('present');
          return () => {
            watching = false;
          };
        },
        async reconcile(key) {
          calls.push({ key, atMs: clock.nowMs() - startMs });
          return work(key);
        },
      },
    ],
    { clock, ids: new SimIds(1), log: silentLog },
  );
  loop.start();
  return { clock, calls, loop, enqueue: (key: string) => enqueue(key), watching: () => watching };
}

describe('the reconcile loop', () => {
  test('[RC-1] looks at what is there, and at each key once however often it changed', async () => {
    const { clock, calls, enqueue } = opened(() => ({}));
    for (let change = 0; change < 5; change++) enqueue('a');
    await clock.advance(1);
    expect(calls.map(({ key }) => key)).toEqual(['present', 'a']);
  });

  test('[RC-2] never works on a key twice at once; a change meanwhile is looked at afterwards', async () => {
    let inWork = 0;
    let most = 0;
    const done: (() => void)[] = [];
    const { clock, calls, enqueue } = opened(async () => {
      most = Math.max(most, ++inWork);
      await new Promise<void>((resolve) => done.push(resolve));
      inWork--;
      return {};
    });
    await clock.advance(1);
    enqueue('present');
    enqueue('present');
    await clock.advance(1);
    expect(calls).toHaveLength(1);
    done.shift()?.();
    await clock.advance(1);
    done.shift()?.();
    await clock.advance(1);
    expect(calls).toHaveLength(2);
    expect(most).toBe(1);
  });

  test('[RC-3] works on a bounded number of keys at once, and on all in the end', async () => {
    let inWork = 0;
    let most = 0;
    const { clock, calls, enqueue } = opened(async () => {
      most = Math.max(most, ++inWork);
      await Promise.resolve();
      inWork--;
      return {};
    });
    for (let key = 0; key < 100; key++) enqueue(`k${key}`);
    await clock.advance(1);
    expect(new Set(calls.map(({ key }) => key)).size).toBe(101);
    expect(most).toBe(maxConcurrent);
  });

  test('[RC-4] wakes when asked to; a change before that replaces the waiting', async () => {
    const start = { ms: 0 };
    const { clock, calls, enqueue, loop } = opened(() => ({ wakeAtMs: start.ms + 1_000 }));
    start.ms = clock.nowMs();
    await clock.advance(999);
    expect(calls).toHaveLength(1);
    start.ms = clock.nowMs() + 9_000;
    enqueue('present');
    await clock.advance(5_000);
    expect(calls.map(({ atMs }) => atMs)).toEqual([0, 999]);
    expect(loop.size).toBe(1);
  });

  test('[RC-5] a failing key is tried again after pauses that double up to a bound, and holds up no other', async () => {
    const { clock, calls, enqueue } = opened((key) => {
      if (key === 'bad') throw new Error('no');
      return {};
    });
    enqueue('bad');
    await clock.advance(10 * longestBackOffMs);
    enqueue('good');
    await clock.advance(1);
    expect(calls.at(-1)?.key).toBe('good');
    const bad = calls.filter(({ key }) => key === 'bad');
    const pauses = bad.slice(1).map(({ atMs }, index) => atMs - (bad[index]?.atMs ?? 0));
    pauses.forEach((pause, failures) => {
      const longest = Math.min(firstBackOffMs * 2 ** failures, longestBackOffMs);
      expect(pause).toBeGreaterThanOrEqual(longest / 2);
      expect(pause).toBeLessThanOrEqual(longest + 1);
    });
    expect(pauses.length).toBeGreaterThan(9);
  });

  test('[RC-5] success forgets the failures before it', async () => {
    let fails = true;
    const { clock, calls, enqueue } = opened(() => {
      if (fails) throw new Error('no');
      return {};
    });
    await clock.advance(20_000);
    fails = false;
    await clock.advance(longestBackOffMs);
    fails = true;
    const before = calls.length;
    enqueue('present');
    await clock.advance(firstBackOffMs + 1);
    expect(calls.length).toBe(before + 2);
  });

  test('[RC-6] stopped, it watches, wakes and works no more', async () => {
    const { clock, calls, enqueue, loop, watching } = opened(() => ({ wakeAtMs: 0 }));
    loop.stop();
    enqueue('a');
    await clock.advance(longestBackOffMs);
    expect(calls.length).toBeLessThanOrEqual(1);
    expect(watching()).toBe(false);
    expect(loop.size).toBe(0);
  });
});
