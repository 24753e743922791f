/** Counts, for one agent, the reasons why its proxies may still call a task; says when the last is gone. */
export class HeldTasks {
  readonly #counts = new Map<string, number>();
  readonly #released: (taskKey: string) => void;

  constructor(released: (taskKey: string) => void) {
    this.#released = released;
  }

  has(taskKey: string): boolean {
    return this.#counts.has(taskKey);
  }

  hold(taskKeys: Iterable<string>): void {
    for (const key of taskKeys) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  release(taskKeys: Iterable<string>): void {
    for (const key of taskKeys) {
      const left = (this.#counts.get(key) ?? 0) - 1;
      if (left > 0) this.#counts.set(key, left);
      else if (this.#counts.delete(key)) this.#released(key);
    }
  }

  releaseAll(): void {
    const keys = [...this.#counts.keys()];
    this.#counts.clear();
    for (const key of keys) this.#released(key);
  }
}
