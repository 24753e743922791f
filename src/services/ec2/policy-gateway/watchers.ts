/** Who has to hear of which thing, by its id (ids of different kinds differ). */
export class Watchers<Watcher> {
  readonly #byId = new Map<string, Set<Watcher>>();

  of(id: string): Iterable<Watcher> {
    return this.#byId.get(id) ?? [];
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  add(id: string, watcher: Watcher): void {
    const present = this.#byId.get(id);
    if (present === undefined) this.#byId.set(id, new Set([watcher]));
    else present.add(watcher);
  }

  /** @returns whether nobody is left */
  remove(id: string, watcher: Watcher): boolean {
    const present = this.#byId.get(id);
    if (present === undefined || !present.delete(watcher) || present.size > 0) return false;
    this.#byId.delete(id);
    return true;
  }
}
