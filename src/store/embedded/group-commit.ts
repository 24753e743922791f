import { Internal, Unavailable } from '../../kernel/index.ts';
import { keyOf } from '../check.ts';
import type { Commit, History } from '../history.ts';
import { Indeterminate, type Condition, type Operation, type StoreEvent, type TransactionResult } from '../store.ts';
import { RequestFailed, type Channel } from './channel.ts';
import type { TransactionOutcome } from './messages.ts';
import { packBatch, unpackOutcomes } from './packed-batch.ts';

/**
 * Most that one commit carries; the rest waits for the next. The watchers take a whole batch in one turn of the event
 * loop, so more would save few syncs and hold up everybody else.
 */
const maxBatchTransactions = 256;
const maxBatchBytes = 8 * 1024 * 1024;
/** Most that may wait; a caller beyond is refused at once. */
const maxQueuedTransactions = 20_000;
const maxQueuedBytes = 64 * 1024 * 1024;

interface Queued {
  readonly conditions: readonly Condition[];
  readonly operations: readonly Operation[];
  readonly bytes: number;
  resolve(result: TransactionResult): void;
  reject(error: Error): void;
}

/** Puts whatever queued while the last commit ran into the next one, so that a sync serves many transactions. */
export class GroupCommit {
  readonly #channel: Channel;
  readonly #history: History;
  #queue: Queued[] = [];
  #queuedBytes = 0;
  #running: Promise<void> | undefined;

  constructor(channel: Channel, history: History) {
    this.#channel = channel;
    this.#history = history;
  }

  /** @throws Unavailable when too much waits */
  async add(
    conditions: readonly Condition[],
    operations: readonly Operation[],
    bytes: number,
  ): Promise<TransactionResult> {
    if (this.#queue.length >= maxQueuedTransactions || this.#queuedBytes + bytes > maxQueuedBytes) {
      throw new Unavailable(
        `the store cannot keep up: ${this.#queue.length} transactions (${this.#queuedBytes} bytes) wait for the disk`,
      );
    }
    return await new Promise((resolve, reject) => {
      this.#queue.push({ conditions, operations, bytes, resolve, reject });
      this.#queuedBytes += bytes;
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing waits or runs. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    // What the caller's present turn adds goes into the first batch too.
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#commit(this.#take());
    this.#running = undefined;
  }

  #take(): Queued[] {
    let count = 0;
    let bytes = 0;
    for (const { bytes: own } of this.#queue) {
      if (count > 0 && (count === maxBatchTransactions || bytes + own > maxBatchBytes)) break;
      count += 1;
      bytes += own;
    }
    this.#queuedBytes -= bytes;
    return this.#queue.splice(0, count);
  }

  async #commit(batch: readonly Queued[]): Promise<void> {
    const packed = packBatch(batch);
    try {
      const reply = await this.#channel.ask({ kind: 'commit', batch: packed }, [packed.values.buffer as ArrayBuffer]);
      if (!('outcomes' in reply)) throw new Internal('the journal did not answer a commit');
      this.#publish(batch, unpackOutcomes(reply.outcomes));
    } catch (thrown) {
      const error = errorOf(thrown);
      for (const queued of batch) queued.reject(error);
    }
  }

  /** Watchers first, then the writers. */
  #publish(batch: readonly Queued[], outcomes: readonly TransactionOutcome[]): void {
    const commits: Commit[] = [];
    batch.forEach((queued, at) => {
      const outcome = outcomes[at];
      const events = outcome === undefined ? [] : eventsOf(queued, outcome);
      if (outcome !== undefined && events.length > 0) commits.push({ revision: outcome.revision, events });
    });
    this.#history.append(commits);
    batch.forEach((queued, at) => {
      const outcome = outcomes[at];
      if (outcome === undefined) queued.reject(new Internal('the journal forgot a transaction'));
      else queued.resolve({ ok: outcome.ok, revision: outcome.revision });
    });
  }
}

function eventsOf({ operations }: Queued, { ok, revision, created }: TransactionOutcome): StoreEvent[] {
  const events: StoreEvent[] = [];
  if (!ok) return events;
  operations.forEach((operation, at) => {
    const createRevision = created[at] ?? -1;
    if (createRevision < 0) return;
    const key = keyOf(operation);
    if ('put' in operation) {
      events.push({ type: 'put', entry: { key, value: operation.value, modRevision: revision, createRevision } });
    } else {
      events.push({ type: 'delete', key, modRevision: revision });
    }
  });
  return events;
}

function errorOf(thrown: unknown): Error {
  if (!(thrown instanceof RequestFailed)) return thrown instanceof Error ? thrown : new Internal(String(thrown));
  if (thrown.reason === 'full') {
    return new Unavailable(`the disk is full, nothing was written: ${thrown.message}; free some space and try again`);
  }
  return thrown.reason === 'ended'
    ? new Unavailable(`the journal has failed, nothing was written: ${thrown.message}`)
    : new Indeterminate(`the journal failed during a commit: ${thrown.message}`);
}
