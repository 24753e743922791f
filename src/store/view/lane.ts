import { Conflict } from '../../kernel/index.ts';

const maxWaiting = 10_000;

/** Runs asynchronous work one at a time, in the order it was handed in. */
export class Lane {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @throws Conflict when too many wait already; whatever `work` throws */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting >= maxWaiting) throw new Conflict(`${maxWaiting} transactions wait to be tried again`);
    this.#waiting += 1;
    const before = this.#last;
    const mine = before.then(work);
    // The next in line does not care how this one ended; its caller does.
    this.#last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#waiting -= 1;
    }
  }
}
