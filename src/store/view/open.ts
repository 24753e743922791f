import { Conflict, Internal, messageOf, Unavailable, type Cancel, type Clock, type Log } from '../../kernel/index.ts';
import { Indeterminate, type Revision, type Store, type Subscription, type TransactionResult } from '../store.ts';
import type { Committed, Database, Transaction } from './database.ts';
import { Draft } from './draft.ts';
import { Lane } from './lane.ts';
import type { Table, TableSpec, Versioned } from './table.ts';
import type { AnyTableSpec } from './table-view.ts';
import { View } from './view.ts';

export interface DatabaseOptions {
  readonly log: Log;
  /** Spaces out the attempts to list again; without one the first that fails closes the database. */
  readonly clock?: Clock;
  /** Rows handed out are frozen deeply, so that a test fails which changes one. */
  readonly freezeRows?: boolean;
}

export interface OpenDatabase extends Database {
  /** Stops to follow the store, which stays open. */
  close(): void;
}

/** How often a transaction is built before its caller gets Conflict. */
export const maxAttempts = 16;
const relistDelayMs = 1_000;

/**
 * Reads everything the tables need from a store and follows it from there.
 * @throws Internal when a document is not JSON or two tables share keys; whatever Store.list throws
 */
export async function openDatabase(
  store: Store,
  specs: readonly AnyTableSpec[],
  options: DatabaseOptions,
): Promise<OpenDatabase> {
  const view = new View(specs, { log: options.log, freezeRows: options.freezeRows ?? false });
  for await (const page of store.list('')) {
    view.load(page.entries);
    view.revision = page.revision;
  }
  const database = new FollowedView(store, view, options);
  database.follow();
  return database;
}

interface Waiter {
  readonly revision: Revision;
  resolve(): void;
  reject(error: Error): void;
}

/** A view that follows a store. */
class FollowedView implements OpenDatabase {
  readonly #store: Store;
  readonly #view: View;
  readonly #log: Log;
  readonly #clock: Clock | undefined;
  readonly #retries = new Lane();
  #waiters: Waiter[] = [];
  #subscription: Subscription | undefined;
  #cancelRelist: Cancel | undefined;
  #closed: Unavailable | undefined;
  /** Why the tables do not follow the store now; the clock will try again. */
  #outOfDate: Unavailable | undefined;

  constructor(store: Store, view: View, options: DatabaseOptions) {
    this.#store = store;
    this.#view = view;
    this.#log = options.log;
    this.#clock = options.clock;
  }

  get revision(): Revision {
    return this.#view.revision;
  }

  table<Row, Index extends string>(spec: TableSpec<Row, Index>): Table<Row, Index> {
    return this.#view.table(spec) as unknown as Table<Row, Index>;
  }

  get<Row, Index extends string>(spec: TableSpec<Row, Index>, key: string): Versioned<Row> | undefined {
    return this.table(spec).get(key);
  }

  async transact<Result>(build: (tx: Transaction) => Result): Promise<Committed<Result>> {
    const first = await this.#attempt(build);
    if (first !== undefined) return first;
    // Whoever was refused once waits in line, so that writers of one hot row get through one after another
    // instead of refusing each other again and again.
    return await this.#retries.run(async () => {
      for (let attempt = 2; attempt <= maxAttempts; attempt += 1) {
        const committed = await this.#attempt(build);
        if (committed !== undefined) return committed;
      }
      throw new Conflict(`other writers were faster ${maxAttempts} times in a row`);
    });
  }

  close(): void {
    this.#end(new Unavailable('the database is closed'));
  }

  follow(): void {
    this.#subscription = this.#store.watch('', this.#view.revision, {
      onBatch: (batch) => {
        this.#view.apply(batch.events, batch.revision);
        this.#wake();
      },
      onLost: (error) => {
        if (this.#closed !== undefined) return;
        this.#log.warn('watch of the store lost; listing again', { revision: this.revision, error: error.message });
        void this.#relist();
      },
    });
  }

  /** Undefined when refused; the tables show why by then. */
  async #attempt<Result>(build: (tx: Transaction) => Result): Promise<Committed<Result> | undefined> {
    const refusal = this.#closed ?? this.#outOfDate;
    if (refusal !== undefined) throw refusal;
    const draft = new Draft(this.#view);
    const result = build(draft);
    if (result instanceof Promise) throw new Internal('a transaction must be built synchronously');
    const { conditions, operations, written } = draft.finish();
    if (operations.length === 0) return { result, revision: this.revision };
    const forget = this.#view.expect(written);
    let outcome: TransactionResult;
    try {
      outcome = await this.#store.transact(conditions, operations);
      await this.#reach(outcome.revision);
    } finally {
      forget();
    }
    return outcome.ok ? { result, revision: outcome.revision } : undefined;
  }

  async #reach(revision: Revision): Promise<void> {
    if (this.revision >= revision) return;
    const refusal = this.#closed ?? this.#outOfDate;
    if (refusal !== undefined) throw notShown(revision, refusal);
    await new Promise<void>((resolve, reject) => this.#waiters.push({ revision, resolve, reject }));
  }

  #wake(): void {
    const waiting = this.#waiters;
    if (waiting.length === 0) return;
    this.#waiters = waiting.filter((waiter) => waiter.revision > this.revision);
    for (const waiter of waiting) if (waiter.revision <= this.revision) waiter.resolve();
  }

  async #relist(): Promise<void> {
    try {
      const difference = this.#view.difference();
      let revision = 0;
      for await (const page of this.#store.list('')) {
        if (this.#closed !== undefined) return;
        difference.page(page.entries);
        revision = page.revision;
      }
      if (this.#closed !== undefined) return;
      this.#view.apply(difference.events(revision), revision);
      this.#outOfDate = undefined;
      this.#wake();
      this.follow();
    } catch (thrown) {
      this.#relistFailed(thrown);
    }
  }

  #relistFailed(thrown: unknown): void {
    if (this.#closed !== undefined) return;
    this.#log.error('the store could not be listed; the tables are out of date', { error: messageOf(thrown) });
    const error = new Unavailable(`the store could not be listed: ${messageOf(thrown)}`);
    if (this.#clock === undefined) return this.#end(error);
    this.#outOfDate = error;
    this.#rejectWaiters(error);
    this.#cancelRelist = this.#clock.after(relistDelayMs, () => void this.#relist());
  }

  #end(error: Unavailable): void {
    this.#closed ??= error;
    this.#subscription?.close();
    this.#cancelRelist?.();
    this.#rejectWaiters(error);
  }

  #rejectWaiters(error: Unavailable): void {
    const waiting = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiting) waiter.reject(notShown(waiter.revision, error));
  }
}

function notShown(revision: Revision, cause: Unavailable): Indeterminate {
  return new Indeterminate(
    `the store answered at revision ${revision}, which the tables do not show: ${cause.message}`,
  );
}
