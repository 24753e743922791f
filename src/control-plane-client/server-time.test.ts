import { expect, test } from 'vitest';
import { silentLog, type Log } from '../kernel/index.ts';
import { ServerTime } from './server-time.ts';

const hourMs = 60 * 60_000;

test('[AG-60] a clock that is off by minutes is corrected by the Date of answers, and said once; a small difference is not', () => {
  const at = { nowMs: Date.parse('2026-11-28T01:00:00Z') };
  const lines: string[] = [];
  const note = (text: string): void => void lines.push(text);
  const log: Log = { debug: note, info: note, warn: note, error: note, with: () => log };
  const time = new ServerTime({ nowMs: () => at.nowMs, after: () => () => undefined }, log);
  expect(time.learn('Sat, 28 Nov 2026 01:03:59 GMT')).toBe(false);
  expect(time.nowMs()).toBe(at.nowMs);
  expect(time.learn('Sat, 28 Nov 2026 04:00:00 GMT')).toBe(true);
  expect(time.nowMs()).toBe(at.nowMs + 3 * hourMs);
  expect(time.learn('Sat, 28 Nov 2026 04:00:01 GMT')).toBe(false);
  expect(lines.filter((line) => line.includes('the clock of this machine is off'))).toHaveLength(1);
  // Somebody set the clock.
  at.nowMs += 3 * hourMs;
  expect(time.learn('Sat, 28 Nov 2026 04:00:02 GMT')).toBe(true);
  expect(time.nowMs()).toBe(at.nowMs);
});

test.each([undefined, '', 'yesterday'])('[AG-60] the Date %j says nothing', (date) => {
  const time = new ServerTime({ nowMs: () => 5, after: () => () => undefined }, silentLog);
  expect(time.learn(date)).toBe(false);
  expect(time.nowMs()).toBe(5);
});
