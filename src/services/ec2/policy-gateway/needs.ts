/** How many others need each thing. */
export class Needs {
  readonly #counts = new Map<string, number>();

  get ids(): Iterable<string> {
    return this.#counts.keys();
  }

  has(id: string): boolean {
    return this.#counts.has(id);
  }

  /** One of those that need things needs others from now on. @param touched gets what is needed by more or fewer */
  move(before: readonly string[], after: readonly string[], touched: Set<string>): void {
    for (const id of after) this.#add(id, 1, touched);
    for (const id of before) this.#add(id, -1, touched);
  }

  #add(id: string, by: 1 | -1, touched: Set<string>): void {
    const count = (this.#counts.get(id) ?? 0) + by;
    if (count === 0) this.#counts.delete(id);
    else this.#counts.set(id, count);
    touched.add(id);
  }
}
