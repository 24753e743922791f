import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '../kernel/index.ts';

/** What the promise gives. @throws Unavailable, beginning with `what`, when it takes longer */
export async function within<T>(promise: Promise<T>, withinMs: number, what: string): Promise<T> {
  const done = new AbortController();
  const late = sleep(withinMs, undefined, { signal: done.signal }).then(() => {
    throw new Unavailable(`${what} within ${withinMs / 1000} s`);
  });
  late.catch(() => undefined); // aborted, or seen through the race
  try {
    return await Promise.race([promise, late]);
  } finally {
    done.abort();
  }
}
