import type { CalledService, CallWay } from '../../agent-protocol/index.ts';
import type { Clock } from '../../kernel/index.ts';
import { limits } from '../limits.ts';
import { sleep } from '../sleep.ts';
import type { CallWays } from './call-ways.ts';

export interface HeldCall {
  readonly from: string;
  readonly to: CalledService;
  /** Whether the program waits no longer. */
  gone(): boolean;
}

/**
 * Holds calls whose way is closed, as packets that nothing answers are: a bounded number for a bounded time, and no longer than the way is closed or the
 * program waits. More are ended at once.
 */
export class WayKeeper {
  readonly #ways: Pick<CallWays, 'way'>;
  readonly #clock: Clock;
  readonly #held = new Map<string, number>();
  #all = 0;

  constructor(ways: Pick<CallWays, 'way'>, clock: Clock) {
    this.#ways = ways;
    this.#clock = clock;
  }

  /** @returns the way by which a call may go now; undefined: it does not get through */
  async openWay(call: HeldCall): Promise<CallWay | undefined> {
    const way = await this.#ways.way(call.from, call.to);
    if (way.closed === undefined) return way;
    const ofTask = this.#held.get(call.from) ?? 0;
    if (this.#all >= limits.heldCalls || ofTask >= limits.heldCallsOfTask) return undefined;
    this.#all += 1;
    this.#held.set(call.from, ofTask + 1);
    try {
      return await this.#hold(call);
    } finally {
      this.#all -= 1;
      const left = (this.#held.get(call.from) ?? 1) - 1;
      if (left === 0) this.#held.delete(call.from);
      else this.#held.set(call.from, left);
    }
  }

  async #hold({ from, to, gone }: HeldCall): Promise<CallWay | undefined> {
    const untilMs = this.#clock.nowMs() + limits.heldCallMs;
    while (!gone() && this.#clock.nowMs() < untilMs) {
      await sleep(this.#clock, limits.callWayMs);
      const way = await this.#ways.way(from, to);
      if (way.closed === undefined) return way;
    }
    return undefined;
  }
}
