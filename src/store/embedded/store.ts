import { Internal, messageOf, Unavailable, type Log } from '../../kernel/index.ts';
import { checkKey, checkTransaction } from '../check.ts';
import { History } from '../history.ts';
import {
  storeLimits,
  type Condition,
  type Entry,
  type ListPage,
  type Operation,
  type Revision,
  type Store,
  type StoreLimits,
  type Subscription,
  type TransactionResult,
  type Watcher,
} from '../store.ts';
import type { Channel } from './channel.ts';
import { GroupCommit } from './group-commit.ts';
import type { PackedPage, Request } from './messages.ts';

/** Most listings open at once, each a view of the past that keeps the log from shrinking. */
const maxListings = 16;
/** A listing whose next page nobody asks for is given up after this. */
const listingIdleMs = 60_000;

/** The journal on this machine's disk; see index.ts for how it is opened. */
export class EmbeddedStore implements Store {
  readonly limits: StoreLimits = storeLimits;
  readonly #channel: Channel;
  readonly #history: History;
  readonly #commits: GroupCommit;
  readonly #log: Log;
  #listings = 0;
  #listingId = 0;
  #ended: Unavailable | undefined;

  constructor(channel: Channel, revision: Revision, log: Log) {
    this.#channel = channel;
    this.#history = new History(revision);
    this.#commits = new GroupCommit(channel, this.#history);
    this.#log = log;
  }

  get revision(): Revision {
    return this.#history.revision;
  }

  async get(key: string): Promise<Entry | undefined> {
    checkKey(key);
    this.#checkOpen();
    return unpack(await this.#page({ kind: 'get', key }))[0];
  }

  async *list(prefix: string): AsyncGenerator<ListPage> {
    this.#checkOpen();
    if (this.#listings >= maxListings) throw new Unavailable(`${maxListings} listings are open already`);
    this.#listings += 1;
    const listing = ++this.#listingId;
    let isLast = false;
    const giveUp = (): void => {
      isLast = true;
      this.#endList(listing);
    };
    const ask = (): Promise<PackedPage> => {
      const asked = this.#page({ kind: 'page', listing, prefix });
      // It may fail while the caller is busy with the page before, or gone; who awaits it still gets the error.
      asked.catch(() => undefined);
      return asked;
    };
    try {
      for (let next = ask(); ;) {
        const page = await next;
        isLast = page.isLast;
        // The thread reads the next page while the caller works on this one.
        if (!isLast) next = ask();
        const timer = setTimeout(giveUp, listingIdleMs).unref();
        yield { revision: page.revision, entries: unpack(page) };
        clearTimeout(timer);
        if (page.isLast) return;
        if (isLast)
          throw new Unavailable(`the listing of "${prefix}" stood still for ${listingIdleMs} ms and was ended`);
      }
    } finally {
      this.#listings -= 1;
      if (!isLast) this.#endList(listing);
    }
  }

  async transact(conditions: readonly Condition[], operations: readonly Operation[]): Promise<TransactionResult> {
    const bytes = checkTransaction(conditions, operations, this.limits);
    this.#checkOpen();
    return await this.#commits.add(conditions, operations, bytes);
  }

  watch(prefix: string, afterRevision: Revision, watcher: Watcher): Subscription {
    return this.#history.watch(prefix, afterRevision, watcher);
  }

  async compact(revision: Revision): Promise<void> {
    this.#checkOpen();
    this.#history.compact(revision);
    await Promise.resolve();
  }

  async close(): Promise<void> {
    this.#ended ??= new Unavailable('the store is closed');
    await this.#commits.idle();
    this.#history.end(this.#ended);
    await this.#channel.close();
  }

  /** The journal cannot be used any more: every further call and every watch is refused with `error`. */
  fail(error: Unavailable): void {
    this.#ended ??= error;
    this.#history.end(error);
  }

  async #page(request: Request): Promise<PackedPage> {
    let reply;
    try {
      reply = await this.#channel.ask(request);
    } catch (thrown) {
      throw new Unavailable(`the store could not be read: ${messageOf(thrown)}`);
    }
    if (!('page' in reply)) throw new Internal(`the journal did not answer "${request.kind}"`);
    return reply.page;
  }

  #endList(listing: number): void {
    if (this.#ended !== undefined) return;
    this.#channel.ask({ kind: 'endList', listing }).catch((thrown: unknown) => {
      this.#log.warn('a listing could not be ended', { error: messageOf(thrown) });
    });
  }

  #checkOpen(): void {
    if (this.#ended !== undefined) throw this.#ended;
  }
}

function unpack({ entries, values }: PackedPage): Entry[] {
  let offset = 0;
  return entries.map(({ key, length, modRevision, createRevision }) => {
    offset += length;
    return { key, modRevision, createRevision, value: values.subarray(offset - length, offset) };
  });
}
