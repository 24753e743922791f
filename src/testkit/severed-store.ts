import { Unavailable } from '../kernel/index.ts';
import type {
  Condition,
  Entry,
  ListPage,
  Operation,
  Revision,
  Store,
  StoreLimits,
  Subscription,
  TransactionResult,
  Watcher,
} from '../store/index.ts';

/** One process's connection to a store: after `sever`, nothing that process still does reaches the journal, and it hears nothing. */
export class SeverableStore implements Store {
  readonly #store: Store;
  readonly #watches = new Set<Subscription>();
  #severed = false;

  constructor(store: Store) {
    this.#store = store;
  }

  get limits(): StoreLimits {
    return this.#store.limits;
  }

  get revision(): Revision {
    return this.#store.revision;
  }

  /** The process died. */
  sever(): void {
    this.#severed = true;
    for (const watch of this.#watches) watch.close();
    this.#watches.clear();
  }

  async get(key: string): Promise<Entry | undefined> {
    this.#check();
    return this.#store.get(key);
  }

  list(prefix: string): AsyncIterable<ListPage> {
    this.#check();
    return this.#store.list(prefix);
  }

  async transact(conditions: readonly Condition[], operations: readonly Operation[]): Promise<TransactionResult> {
    this.#check();
    const result = await this.#store.transact(conditions, operations);
    this.#check();
    return result;
  }

  watch(prefix: string, afterRevision: Revision, watcher: Watcher): Subscription {
    this.#check();
    const watch = this.#store.watch(prefix, afterRevision, watcher);
    this.#watches.add(watch);
    return {
      close: () => {
        this.#watches.delete(watch);
        watch.close();
      },
    };
  }

  async compact(revision: Revision): Promise<void> {
    this.#check();
    await this.#store.compact(revision);
  }

  async close(): Promise<void> {
    this.sever();
    await Promise.resolve();
  }

  #check(): void {
    if (this.#severed) throw new Unavailable('this process is dead');
  }
}
