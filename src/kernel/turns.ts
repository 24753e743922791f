/** Runs what has the same key one after the other, in the order asked for; what has another key is not held up. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs at once when nothing of the key does. */
  async take<Result>(key: string, run: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key);
    const turn = before === undefined ? run() : before.then(run, run);
    this.#last.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#last.get(key) === turn) this.#last.delete(key);
    }
  }

  /** Keys in use. */
  get size(): number {
    return this.#last.size;
  }
}
