import { messageOf, Unavailable } from '../kernel/index.ts';
import { keyOfEvent } from './event.ts';
import { Compacted, type Revision, type StoreEvent, type Subscription, type Watcher } from './store.ts';

/** What one transaction changed. */
export interface Commit {
  readonly revision: Revision;
  readonly events: readonly StoreEvent[];
}

/** How far back a watch may start; older revisions are compacted as new ones come. */
export interface HistoryBounds {
  readonly maxRevisions: number;
  readonly maxBytes: number;
}

export const historyBounds: HistoryBounds = { maxRevisions: 10_000, maxBytes: 32 * 1024 * 1024 };

interface Watch {
  readonly prefix: string;
  readonly watcher: Watcher;
  /** The last revision delivered or skipped. */
  seen: Revision;
  /** False until the history before the watch began has been delivered. */
  live: boolean;
}

/**
 * The recent durable commits of a store and who watches them. In memory only: whoever watches a store in this
 * process starts from a listing after a restart anyway.
 */
export class History {
  #revision: Revision;
  #compacted: Revision;
  readonly #bounds: HistoryBounds;
  #commits: Commit[] = [];
  /** Where the kept commits begin in `#commits`; the slots before it are cut off now and then. */
  #first = 0;
  #bytes = 0;
  readonly #watches = new Set<Watch>();
  #ended: Unavailable | undefined;

  /** A history that begins after `revision`. */
  constructor(revision: Revision, bounds: HistoryBounds = historyBounds) {
    this.#revision = revision;
    this.#compacted = revision;
    this.#bounds = bounds;
  }

  get revision(): Revision {
    return this.#revision;
  }

  /** Adds durable commits, in revision order, and delivers them to the watchers before it returns. */
  append(commits: readonly Commit[]): void {
    const last = commits.at(-1);
    if (last === undefined) return;
    this.#revision = last.revision;
    for (const commit of commits) {
      this.#commits.push(commit);
      this.#bytes += bytesOf(commit);
    }
    for (const watch of this.#watches) {
      if (watch.live) this.#deliver(watch, commits);
    }
    while (this.#bytes > this.#bounds.maxBytes || this.#commits.length - this.#first > this.#bounds.maxRevisions) {
      this.#dropFirst();
    }
  }

  watch(prefix: string, afterRevision: Revision, watcher: Watcher): Subscription {
    const watch: Watch = { prefix, watcher, seen: afterRevision, live: false };
    this.#watches.add(watch);
    void Promise.resolve().then(() => this.#begin(watch));
    return { close: () => void this.#watches.delete(watch) };
  }

  /** Forgets the commits up to and including `revision` (at most the present one). */
  compact(revision: Revision): void {
    while ((this.#commits[this.#first]?.revision ?? Infinity) <= revision) this.#dropFirst();
    this.#compacted = Math.max(this.#compacted, Math.min(revision, this.#revision));
  }

  /** Ends every watch, also those begun later. */
  end(error: Unavailable): void {
    this.#ended ??= error;
    this.loseWatches(error);
  }

  /** Ends every present watch. */
  loseWatches(error: Unavailable): void {
    const watches = [...this.#watches];
    this.#watches.clear();
    for (const watch of watches) watch.watcher.onLost(error);
  }

  #begin(watch: Watch): void {
    if (!this.#watches.has(watch)) return;
    if (this.#ended !== undefined) return this.#lose(watch, this.#ended);
    if (watch.seen < this.#compacted) return this.#lose(watch, new Compacted(this.#compacted));
    watch.live = true;
    this.#deliver(watch, this.#commits.slice(this.#first));
  }

  #deliver(watch: Watch, commits: readonly Commit[]): void {
    if (!this.#watches.has(watch)) return;
    const events: StoreEvent[] = [];
    let revision = 0;
    for (const commit of commits) {
      if (commit.revision <= watch.seen) continue;
      const before = events.length;
      for (const event of commit.events) {
        if (keyOfEvent(event).startsWith(watch.prefix)) events.push(event);
      }
      if (events.length > before) revision = commit.revision;
    }
    watch.seen = Math.max(watch.seen, commits.at(-1)?.revision ?? 0);
    if (events.length === 0) return;
    try {
      watch.watcher.onBatch({ revision, events });
    } catch (thrown) {
      // A watcher that throws has lost its place; it must not stop the others or the writer.
      this.#lose(watch, new Unavailable(`the watcher of "${watch.prefix}" failed: ${messageOf(thrown)}`));
    }
  }

  #lose(watch: Watch, error: Compacted | Unavailable): void {
    if (this.#watches.delete(watch)) watch.watcher.onLost(error);
  }

  #dropFirst(): void {
    const commit = this.#commits[this.#first];
    if (commit === undefined) return;
    this.#bytes -= bytesOf(commit);
    this.#compacted = commit.revision;
    this.#first += 1;
    if (this.#first * 2 < this.#commits.length) return;
    this.#commits = this.#commits.slice(this.#first);
    this.#first = 0;
  }
}

function bytesOf(commit: Commit): number {
  let bytes = 0;
  for (const event of commit.events) {
    bytes += keyOfEvent(event).length + (event.type === 'put' ? event.entry.value.length : 0);
  }
  return bytes;
}
