/** What waits for the engine, the most urgent first: a start ends a task's wait, for a refill or a removal nobody waits. */
const gatePriorities = ['start', 'create', 'pause', 'refill', 'remove'] as const;
type GatePriority = (typeof gatePriorities)[number];

/**
 * Bounds the engine calls in flight: an engine that does more than about two at a time a core only gets slower for each.
 * Within a priority, first come, first served.
 */
export class StartGate {
  readonly #limit: number;
  readonly #queues: Readonly<Record<GatePriority, (() => void)[]>> = {
    start: [],
    create: [],
    pause: [],
    refill: [],
    remove: [],
  };
  #inFlight = 0;

  constructor(cores: number) {
    this.#limit = Math.max(4, 2 * cores);
  }

  async run<T>(priority: GatePriority, call: () => Promise<T>): Promise<T> {
    await this.#enter(priority);
    try {
      return await call();
    } finally {
      this.#inFlight -= 1;
      this.#next();
    }
  }

  #enter(priority: GatePriority): Promise<void> {
    if (this.#inFlight < this.#limit) {
      this.#inFlight += 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#queues[priority].push(() => {
        this.#inFlight += 1;
        resolve();
      });
    });
  }

  #next(): void {
    if (this.#inFlight >= this.#limit) return;
    for (const priority of gatePriorities) {
      const waiter = this.#queues[priority].shift();
      if (waiter === undefined) continue;
      waiter();
      return;
    }
  }
}
