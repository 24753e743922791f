import type { EpochMs } from '../../../kernel/index.ts';
import { invalidValue } from '../errors.ts';

/** Sunday, as AWS has one of its own for each region. */
export const defaultWindow = 'sun:05:00-sun:06:00';

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const minuteMs = 60_000;
const weekMinutes = 7 * 24 * 60;
/** 1 January 1970 was a Thursday. */
const epochMinute = 4 * 24 * 60;
const leastMinutes = 30;
const form =
  /^(sun|mon|tue|wed|thu|fri|sat):([01]\d|2[0-3]):([0-5]\d)-(sun|mon|tue|wed|thu|fri|sat):([01]\d|2[0-3]):([0-5]\d)$/;

interface Window {
  /** Minutes since Sunday 00:00 UTC. */
  readonly start: number;
  readonly minutes: number;
}

function readWindow(text: string): Window | undefined {
  const parts = form.exec(text);
  if (parts === null) return undefined;
  const minuteOf = (at: number): number =>
    (days.indexOf(parts[at] ?? '') * 24 + Number(parts[at + 1])) * 60 + Number(parts[at + 2]);
  const start = minuteOf(1);
  return { start, minutes: (minuteOf(4) - start + weekMinutes) % weekMinutes };
}

/** @returns it in lower case; throws InvalidParameterValue */
export function checkedWindow(text: string): string {
  const lower = text.toLowerCase();
  const window = readWindow(lower);
  if (window === undefined) throw invalidValue(`Invalid maintenance window format: ${text}`);
  if (window.minutes < leastMinutes)
    throw invalidValue(`The maintenance window ${text} is shorter than ${leastMinutes} minutes.`);
  return lower;
}

/** Whether a window is open, and else when it opens. */
export function nextOpening(text: string, nowMs: EpochMs): { readonly open: true } | { readonly opensAtMs: EpochMs } {
  const window = readWindow(text) ?? { start: 0, minutes: weekMinutes };
  const minute = Math.floor(nowMs / minuteMs);
  const sinceOpening = (((minute + epochMinute - window.start) % weekMinutes) + weekMinutes) % weekMinutes;
  if (sinceOpening < window.minutes) return { open: true };
  return { opensAtMs: (minute - sinceOpening + weekMinutes) * minuteMs };
}
