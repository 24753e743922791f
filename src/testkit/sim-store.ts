import { Unavailable, type Clock } from '../kernel/index.ts';
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
import type { SimIds } from './sim-ids.ts';

/** Longest time a commit takes, and its answer back; both ways keep their order, as a group commit does. */
const longestCommitMs = 15;

/**
 * One process's connection to a store, as slow as a disk: other things happen while a transaction commits. After `sever` nothing that
 * process still does reaches the journal, and it hears nothing, not even of what it committed.
 */
export class SeverableStore implements Store {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #ids: SimIds;
  #lastCommitMs = 0;
  readonly #watches = new Set<Subscription>();
  #severed = false;

  constructor(store: Store, options: { readonly clock: Clock; readonly ids: SimIds }) {
    this.#store = store;
    this.#clock = options.clock;
    this.#ids = options.ids;
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
    await this.#commitTime();
    this.#check();
    const result = await this.#store.transact(conditions, operations);
    await this.#pause(this.#ids.between(0, longestCommitMs));
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

  async #commitTime(): Promise<void> {
    const nowMs = this.#clock.nowMs();
    this.#lastCommitMs = Math.max(this.#lastCommitMs, nowMs + this.#ids.between(0, longestCommitMs));
    await this.#pause(this.#lastCommitMs - nowMs);
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#clock.after(ms, resolve);
    });
  }

  #check(): void {
    if (this.#severed) throw new Unavailable('this process is dead');
  }
}
