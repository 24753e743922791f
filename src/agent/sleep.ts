import type { Clock } from '../kernel/index.ts';

/** Resolves after a time on the given clock. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}

/** What the promise gives, or `late` when it takes longer; the promise's own failure passes through. */
export function within<T, L>(
  clock: Clock,
  promise: Promise<T>,
  bound: { readonly ms: number; readonly late: L },
): Promise<T | L> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(bound.ms, () => resolve(bound.late));
    promise.then(
      (value) => {
        cancel();
        resolve(value);
      },
      (error: Error) => {
        cancel();
        reject(error);
      },
    );
  });
}
