import { expect, test } from 'vitest';
import { SimClock } from '../testkit/index.ts';
import { startRounds } from './rounds.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('rounds follow one another, also after one that failed, and end after the one under way', async () => {
  const clock = new SimClock(settle);
  const ends: (() => void)[] = [];
  const errors: unknown[] = [];
  let rounds = 0;
  const stop = startRounds({
    clock,
    firstAfterMs: 100,
    everyMs: 1_000,
    async run() {
      rounds += 1;
      if (rounds === 1) throw new Error('the first');
      await new Promise<void>((resolve) => ends.push(resolve));
    },
    onError: (error) => errors.push(String(error)),
  });
  await clock.advance(99);
  expect(rounds).toBe(0);
  await clock.advance(1);
  await settle();
  expect(errors).toEqual(['Error: the first']);
  await clock.advance(1_000);
  expect(rounds).toBe(2);
  // It is under way: the next one is counted from its end.
  await clock.advance(5_000);
  expect(rounds).toBe(2);
  ends.pop()?.();
  await settle();
  await clock.advance(999);
  expect(rounds).toBe(2);
  await clock.advance(1);
  expect(rounds).toBe(3);
  let stopped = false;
  const stopping = stop().then(() => {
    stopped = true;
  });
  await settle();
  expect(stopped).toBe(false);
  ends.pop()?.();
  await stopping;
  await clock.advance(10_000);
  expect(rounds).toBe(3);
});
