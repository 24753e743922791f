import { Unavailable } from '../../kernel/index.ts';
import { checkKey, checkTransaction, keyOf } from '../check.ts';
import { History, historyBounds, type HistoryBounds } from '../history.ts';
import { compareKeys } from '../keys.ts';
import {
  storeLimits,
  type Condition,
  type Entry,
  type ListPage,
  type Operation,
  type Revision,
  type Store,
  type StoreEvent,
  type StoreLimits,
  type Subscription,
  type TransactionResult,
  type Watcher,
} from '../store.ts';

const pageEntries = 500;

/**
 * A store in memory, for simulation and tests: deterministic, every promise resolves in microtasks. The object is what
 * is durable: a simulated crash drops everything that uses it and opens anew on the same object.
 */
export class MemoryStore implements Store {
  readonly limits: StoreLimits = storeLimits;
  readonly #entries = new Map<string, Entry>();
  readonly #history: History;
  #closed: Unavailable | undefined;

  constructor(bounds: HistoryBounds = historyBounds) {
    this.#history = new History(0, bounds);
  }

  get revision(): Revision {
    return this.#history.revision;
  }

  async get(key: string): Promise<Entry | undefined> {
    checkKey(key);
    await this.#turn();
    return this.#entries.get(key);
  }

  async *list(prefix: string): AsyncGenerator<ListPage> {
    await this.#turn();
    const revision = this.revision;
    const entries = [...this.#entries.values()].filter((entry) => entry.key.startsWith(prefix));
    entries.sort((left, right) => compareKeys(left.key, right.key));
    for (let from = 0; from === 0 || from < entries.length; from += pageEntries) {
      yield { revision, entries: entries.slice(from, from + pageEntries) };
      await this.#turn();
    }
  }

  async transact(conditions: readonly Condition[], operations: readonly Operation[]): Promise<TransactionResult> {
    checkTransaction(conditions, operations, this.limits);
    await this.#turn();
    if (conditions.some(({ key, modRevision }) => (this.#entries.get(key)?.modRevision ?? 0) !== modRevision)) {
      return { ok: false, revision: this.revision };
    }
    const events = this.#apply(operations, this.revision + 1);
    if (events.length > 0) this.#history.append([{ revision: this.revision + 1, events }]);
    return { ok: true, revision: this.revision };
  }

  watch(prefix: string, afterRevision: Revision, watcher: Watcher): Subscription {
    return this.#history.watch(prefix, afterRevision, watcher);
  }

  async compact(revision: Revision): Promise<void> {
    await this.#turn();
    this.#history.compact(revision);
  }

  async close(): Promise<void> {
    // Two turns: one for what was handed in before, one for the watchers' replays.
    await Promise.resolve();
    await Promise.resolve();
    this.#closed ??= new Unavailable('the store is closed');
    this.#history.end(this.#closed);
  }

  /** Ends every present watch, as a lost connection would; the store itself goes on. For tests of re-listing. */
  loseWatches(): void {
    this.#history.loseWatches(new Unavailable('the watch was cut'));
  }

  #apply(operations: readonly Operation[], revision: Revision): StoreEvent[] {
    const events: StoreEvent[] = [];
    for (const operation of operations) {
      const key = keyOf(operation);
      const before = this.#entries.get(key);
      if ('put' in operation) {
        const createRevision = before?.createRevision ?? revision;
        const entry: Entry = { key, value: operation.value, modRevision: revision, createRevision };
        this.#entries.set(key, entry);
        events.push({ type: 'put', entry });
      } else if (before !== undefined) {
        this.#entries.delete(key);
        events.push({ type: 'delete', key, modRevision: revision });
      }
    }
    return events;
  }

  /** Lets the caller go on first, as a store with a disk would. */
  async #turn(): Promise<void> {
    if (this.#closed !== undefined) throw this.#closed;
    await Promise.resolve();
  }
}
