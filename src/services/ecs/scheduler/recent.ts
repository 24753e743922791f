/** A map that keeps what was asked for last, up to a bound. */
export class Recent<Value> {
  readonly #max: number;
  readonly #entries = new Map<string, Value>();

  constructor(max: number) {
    this.#max = max;
  }

  /** The value of `key`, made now when it is not kept. */
  get(key: string, make: () => Value): Value {
    const kept = this.#entries.get(key);
    const value = kept ?? make();
    if (kept !== undefined) this.#entries.delete(key);
    else if (this.#entries.size >= this.#max)
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    this.#entries.set(key, value);
    return value;
  }

  /** The value of `key` when it is kept; does not count as asking for it. */
  peek(key: string): Value | undefined {
    return this.#entries.get(key);
  }

  entries(): Iterable<readonly [string, Value]> {
    return this.#entries;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
