/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;

/** Takes a timer back; harmless when it has already run. */
export type Cancel = () => void;

/**
 * Time as the control plane knows it. The real one lives in platform, the simulated one in testkit;
 * nothing else in the control plane may look at a clock or set a timer.
 */
export interface Clock {
  nowMs(): EpochMs;
  /** Runs `run` once, `delayMs` milliseconds from now (at once, but never synchronously, for 0 or less). */
  after(delayMs: number, run: () => void): Cancel;
}

/** `2026-01-02T03:04:05.678Z`, the time that is given; no clock is read. */
export function isoTime(ms: EpochMs): string {
  // oxlint-disable-next-line no-restricted-globals -- a given time is written out
  return new Date(ms).toISOString();
}
