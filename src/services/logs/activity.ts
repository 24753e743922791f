import type { Cancel, Clock, Log } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { Database } from '../../store/index.ts';
import type { EventBatch, LogArchive } from './ports.ts';
import { logStreams, streamRef } from './records/log-stream.ts';
import type { LogStreamRecord } from './records/log-stream.ts';

/** How often the times of active streams go to the database. */
const flushMs = 5_000;
/** A stream without events for so long is active no more. */
const idleMs = 60_000;
/** Rows of one transaction; each is a condition and an operation. */
const rowsPerTransaction = 50;

interface Times {
  firstEventMs: number;
  lastEventMs: number;
  lastIngestionMs: number;
}

interface ActiveStream {
  times: Times | undefined;
  changed: boolean;
  /** Batches that are being stored. */
  puts: number;
  noticedMs: number;
  /** Set while the stream is being marked active or quiet; resolves when that is done. */
  settling: Promise<unknown> | undefined;
}

/**
 * Keeps the event times of streams without a transaction for each put. A stream is marked active in the database before its
 * first event is stored, so that whoever reads a time of a stream that is not active can trust it, also after a crash; the times
 * themselves are written every few seconds, and once more when the stream has become quiet.
 */
export class StreamActivity {
  readonly #database: Database;
  readonly #archive: LogArchive;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #streams = new Map<string, ActiveStream>();
  #cancelFlush: Cancel | undefined;
  #flushing: Promise<void> = Promise.resolve();

  constructor(options: { database: Database; archive: LogArchive; clock: Clock; log: Log }) {
    this.#database = options.database;
    this.#archive = options.archive;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** Stores a batch by `store`, and takes note of its times when that succeeds. */
  async storing(key: string, batch: EventBatch, store: () => Promise<void>): Promise<void> {
    const stream = await this.#begin(key);
    stream.puts += 1;
    try {
      await store();
      stream.times = mergeBatch(stream.times, batch);
      stream.changed = true;
    } finally {
      stream.puts -= 1;
      stream.noticedMs = this.#clock.nowMs();
    }
  }

  /** The record with the newest times known. */
  latest(key: string, row: LogStreamRecord): LogStreamRecord {
    const times = this.#streams.get(key)?.times;
    return times === undefined ? row : mergeTimes(row, times);
  }

  forget(key: string): void {
    this.#streams.delete(key);
  }

  /** Brings the records of streams that were active when the server ended up to date with the archive. */
  async recover(): Promise<void> {
    const table = this.#database.table(logStreams);
    for (const key of Array.from(table.keys('active', 'active'))) {
      const found = table.get(key);
      if (found === undefined || this.#streams.has(key)) continue;
      const { firstEventMs, lastEventMs, lastIngestionMs } = await this.#archive.summary(streamRef(found.row));
      const known = firstEventMs !== undefined && lastEventMs !== undefined && lastIngestionMs !== undefined;
      if (this.#streams.has(key)) continue;
      await this.#write([[key, known ? { firstEventMs, lastEventMs, lastIngestionMs } : undefined]], false);
    }
  }

  /** Writes what is known and stops. */
  async close(): Promise<void> {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    await this.#flushing;
    await this.flush(true);
  }

  /** @param all also streams that had events just now become quiet */
  async flush(all = false): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const settled = [...this.#streams].filter(([, { settling }]) => settling === undefined);
    const quiet = settled.filter(([, { puts, noticedMs }]) => puts === 0 && (all || nowMs - noticedMs >= idleMs));
    const changed = settled.filter((each) => each[1].changed && !quiet.includes(each));
    for (let at = 0; at < changed.length; at += rowsPerTransaction) {
      const part = changed.slice(at, at + rowsPerTransaction);
      for (const [, stream] of part) stream.changed = false;
      try {
        await this.#write(
          part.map(([key, { times }]) => [key, times]),
          true,
        );
      } catch (error) {
        for (const [, stream] of part) stream.changed = true;
        throw error;
      }
    }
    for (let at = 0; at < quiet.length; at += rowsPerTransaction) {
      await this.#settle(quiet.slice(at, at + rowsPerTransaction));
    }
  }

  async #settle(part: readonly (readonly [string, ActiveStream])[]): Promise<void> {
    const done = this.#write(
      part.map(([key, { times }]) => [key, times]),
      false,
    );
    const settling = done.catch(() => undefined).then(() => part.forEach(([key]) => this.#streams.delete(key)));
    for (const [, stream] of part) stream.settling = settling;
    await settling;
    await done;
  }

  async #begin(key: string): Promise<ActiveStream> {
    for (let known = this.#streams.get(key); known !== undefined; known = this.#streams.get(key)) {
      if (known.settling === undefined) return known;
      await known.settling;
    }
    const stream: ActiveStream = {
      times: undefined,
      changed: false,
      puts: 0,
      noticedMs: this.#clock.nowMs(),
      settling: undefined,
    };
    this.#streams.set(key, stream);
    const marking = this.#markActive(key);
    stream.settling = marking.then(
      () => (stream.settling = undefined),
      () => this.#streams.delete(key),
    );
    await marking;
    this.#schedule();
    return stream;
  }

  #schedule(): void {
    if (this.#cancelFlush !== undefined) return;
    this.#cancelFlush = this.#clock.after(flushMs, () => {
      this.#cancelFlush = undefined;
      this.#flushing = this.flush()
        .catch((error: unknown) => this.#log.warn('times of log streams were not saved', { error: messageOf(error) }))
        .then(() => {
          if (this.#streams.size > 0) this.#schedule();
        });
    });
  }

  async #markActive(key: string): Promise<void> {
    if (this.#database.get(logStreams, key)?.row.active === true) return;
    await this.#write([[key, undefined]], true);
  }

  async #write(streams: readonly (readonly [string, Times | undefined])[], active: boolean): Promise<void> {
    await this.#database.transact((tx) => {
      for (const [key, times] of streams) {
        const row = tx.get(logStreams, key);
        if (row === undefined) continue;
        tx.put(logStreams, key, { ...(times === undefined ? row : mergeTimes(row, times)), active });
      }
    });
  }
}

function mergeBatch(times: Times | undefined, { events, ingestionMs }: EventBatch): Times | undefined {
  const firstEventMs = events[0]?.timestampMs;
  const lastEventMs = events.at(-1)?.timestampMs;
  if (firstEventMs === undefined || lastEventMs === undefined) return times;
  return {
    firstEventMs: Math.min(times?.firstEventMs ?? firstEventMs, firstEventMs),
    lastEventMs: Math.max(times?.lastEventMs ?? lastEventMs, lastEventMs),
    lastIngestionMs: Math.max(times?.lastIngestionMs ?? ingestionMs, ingestionMs),
  };
}

function mergeTimes(row: LogStreamRecord, times: Times): LogStreamRecord {
  return {
    ...row,
    firstEventMs: Math.min(row.firstEventMs ?? times.firstEventMs, times.firstEventMs),
    lastEventMs: Math.max(row.lastEventMs ?? 0, times.lastEventMs),
    lastIngestionMs: Math.max(row.lastIngestionMs ?? 0, times.lastIngestionMs),
  };
}
