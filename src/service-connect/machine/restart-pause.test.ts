import { expect, test } from 'vitest';
import { ending, type Ending } from './restart-pause.ts';

test('[CN-32] one that ends at once again and again is started after longer and longer pauses, to a bound', () => {
  const pauses: number[] = [];
  let last: Ending | undefined;
  let nowMs = 1_000;
  for (let at = 0; at < 10; at += 1) {
    last = ending(last, nowMs);
    pauses.push(last.pauseMs);
    nowMs += last.pauseMs + 150;
  }
  expect(pauses).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
});

test('[CN-32] one that ran for a while is started again soon', () => {
  const last = { atMs: 0, pauseMs: 30_000 };
  expect(ending(last, 39_999).pauseMs).toBe(30_000);
  expect(ending(last, 40_000).pauseMs).toBe(200);
});
