import type { EpochMs } from '../../kernel/index.ts';
import { limits } from '../limits.ts';

/** A proxy ended by itself, and another is started after the pause. */
export interface Ending {
  readonly atMs: EpochMs;
  readonly pauseMs: number;
}

/** The pause grows while one ends soon after the other. @param last of the same task */
export function ending(last: Ending | undefined, nowMs: EpochMs): Ending {
  const ranMs = last === undefined ? Infinity : nowMs - last.atMs - last.pauseMs;
  const grown = Math.min(2 * (last?.pauseMs ?? 0), limits.longestRestartMs);
  return { atMs: nowMs, pauseMs: ranMs >= limits.calmMs ? limits.restartMs : grown };
}
