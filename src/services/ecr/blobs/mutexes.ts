/** One at a time for each name. */
export class Mutexes {
  readonly #last = new Map<string, Promise<unknown>>();

  async run<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(name);
    const mine = before === undefined ? run() : before.then(run, run);
    this.#last.set(name, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(name) === mine) this.#last.delete(name);
    }
  }
}
