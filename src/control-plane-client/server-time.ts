import type { Clock, Log } from '../kernel/index.ts';

/** As AWS's SDKs: a difference that signatures stand is not corrected. */
const correctedFromMs = 4 * 60_000;

/**
 * The control plane's clock, as its answers tell it. Signatures hold for five minutes, so a machine whose clock is off signs with this one; that is what
 * AWS's SDKs do (clock skew correction), Amazon's agent with them. Everything else keeps the machine's clock.
 */
export class ServerTime {
  readonly #clock: Clock;
  readonly #log: Log;
  #aheadMs = 0;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  nowMs(): number {
    return this.#clock.nowMs() + this.#aheadMs;
  }

  /**
   * Takes note of the Date header of an answer.
   * @returns true when what was signed before was signed with a wrong time
   */
  learn(date: string | undefined): boolean {
    const serverMs = date === undefined ? Number.NaN : Date.parse(date);
    if (Number.isNaN(serverMs) || Math.abs(serverMs - this.nowMs()) < correctedFromMs) return false;
    const aheadMs = serverMs - this.#clock.nowMs();
    this.#aheadMs = Math.abs(aheadMs) < correctedFromMs ? 0 : aheadMs;
    if (this.#aheadMs === 0) this.#log.info('the clock of this machine is right again');
    else
      this.#log.error(
        "the clock of this machine is off: requests are signed with the control plane's time instead. Set the clock (timedatectl set-ntp true): log events and what tasks see keep this machine's time",
        { clock: new Date(this.#clock.nowMs()).toISOString(), controlPlane: new Date(serverMs).toISOString() },
      );
    return true;
  }
}
