import type { Cancel, Clock, EpochMs } from '../kernel/index.ts';

interface Timer {
  readonly atMs: EpochMs;
  /** Order of setting; ties of time run in it. */
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

function isBefore(left: Timer, right: Timer): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
}

export const simulationStartMs: EpochMs = 1_800_000_000_000;

/**
 * Time that passes only when told to. Each timer runs alone: before the next one, `settle` must have let every promise that is ready
 * go on (in Node: one turn of setImmediate), so that one seed is one history.
 */
export class SimClock implements Clock {
  readonly #settle: () => Promise<void>;
  /** A binary heap, earliest first. */
  readonly #timers: Timer[] = [];
  #nowMs = simulationStartMs;
  #order = 0;

  constructor(settle: () => Promise<void>) {
    this.#settle = settle;
  }

  nowMs(): EpochMs {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Cancel {
    const timer = { atMs: this.#nowMs + Math.max(0, Math.ceil(delayMs)), order: this.#order++, run, cancelled: false };
    this.#push(timer);
    return () => {
      timer.cancelled = true;
    };
  }

  /** Lets `ms` milliseconds pass, running what falls due. @param afterEach called after each timer and what it set off */
  async advance(ms: number, afterEach: () => void = () => undefined): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await this.#settle();
    for (let timer = this.#timers[0]; timer !== undefined && timer.atMs <= untilMs; timer = this.#timers[0]) {
      this.#pop();
      if (timer.cancelled) continue;
      this.#nowMs = timer.atMs;
      timer.run();
      await this.#settle();
      afterEach();
    }
    this.#nowMs = untilMs;
  }

  #push(timer: Timer): void {
    const heap = this.#timers;
    let index = heap.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Timer;
      if (!isBefore(timer, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = timer;
  }

  #pop(): void {
    const heap = this.#timers;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (let child = 1; child < heap.length; child = 2 * index + 1) {
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as Timer)) child++;
      const below = heap[child] as Timer;
      if (!isBefore(below, last)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }
}

/** The clock of one simulated process: its timers die with it. */
export class ProcessClock implements Clock {
  readonly #clock: Clock;
  #dead = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  nowMs(): EpochMs {
    return this.#clock.nowMs();
  }

  after(delayMs: number, run: () => void): Cancel {
    return this.#clock.after(delayMs, () => {
      if (!this.#dead) run();
    });
  }

  /** No timer of this process runs any more. */
  kill(): void {
    this.#dead = true;
  }
}
