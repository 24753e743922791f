import type { Cancel, Clock } from './time.ts';

export interface RoundsOptions {
  readonly clock: Clock;
  readonly firstAfterMs: number;
  /** From the end of a round to the next. */
  readonly everyMs: number;
  run(): Promise<void>;
  /** The next round comes all the same. */
  onError(error: unknown): void;
}

/** Does something now and then, one round after the other. @returns stops, after the round under way */
export function startRounds({ clock, firstAfterMs, everyMs, run, onError }: RoundsOptions): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let cancel: Cancel;
  let isStopped = false;
  const plan = (delayMs: number): void => {
    cancel = clock.after(delayMs, () => {
      running = run()
        .catch(onError)
        .then(() => {
          if (!isStopped) plan(everyMs);
        });
    });
  };
  plan(firstAfterMs);
  return async () => {
    isStopped = true;
    cancel();
    await running;
  };
}
