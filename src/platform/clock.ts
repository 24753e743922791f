import type { Cancel, Clock, EpochMs } from '../kernel/index.ts';

/** The longest delay Node's timers take, about 24.8 days; a longer one would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** The machine's clock and timers. */
export const systemClock: Clock = {
  nowMs: (): EpochMs => Date.now(),
  after(delayMs: number, run: () => void): Cancel {
    const timer = setTimeout(run, Math.min(Math.max(delayMs, 0), longestTimerMs));
    return () => clearTimeout(timer);
  },
};
