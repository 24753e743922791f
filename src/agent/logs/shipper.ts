import type { Clock, Ids, Log } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { LogChunk, LogStream } from '../../runtime/index.ts';
import { ApiError } from '../session/api-client.ts';
import type { AwsCredentials } from '../session/credentials.ts';
import { sleep, within } from '../sleep.ts';
import type { LogCursor } from './cursor.ts';
import { ReadBackSieve } from './cursor.ts';
import { EventQueue, batchBounds } from './event-queue.ts';
import type { LogEvent } from './event-splitter.ts';
import { EventSplitter } from './event-splitter.ts';
import type { LogsApi } from './logs-api.ts';
import type { AwsLogsOptions } from './options.ts';

export interface ShipperOptions {
  readonly api: LogsApi;
  readonly destination: AwsLogsOptions;
  /** Of the execution role; undefined: the agent's own. Asked for each request, because they are renewed. */
  readonly credentials: () => AwsCredentials | undefined;
  readonly cursor: LogCursor;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** A first event waits this long for company before it is sent. */
const gatherMs = 100;
/** A group of lines that no new event ended is sent after this time. */
const groupMs = 1_000;
/** In blocking mode: what may wait before the container is held up. */
const blockingBufferBytes = 4 * 1024 * 1024;
const retry = { firstMs: 200, longestMs: 10_000 } as const;
/** When the engine's log gives nothing for this long, what is held for comparison with the cursor is new. */
const readBackQuietMs = 500;
/** How far before the cursor the engine's log is read again: the engine stamps a line before the agent reads it. */
const readBackMs = 5_000;
const readBackRetryMs = 1_000;
const credentialsWaitMs = 30_000;
const credentialsLookMs = 100;

/** Refusals that no repetition cures for the events at hand. */
const refusedForGood = ['InvalidParameterException', 'SerializationException', 'ValidationException'];

/** Where the output of a container comes from when its attached stream does not give all of it. */
export interface OutputSource {
  /** The engine's own log from a time on, followed. */
  open(sinceMs: number): Promise<LogStream>;
  /** To be called before a stream is opened. @returns to be asked after its end: did it give everything to the container's end? */
  watch(): () => Promise<boolean>;
}

/** One stream of output to its end. */
interface Reading {
  /** @returns what is held back until it is known that the stream gave everything */
  readonly run: () => Promise<Sieve>;
  readonly gaveAll: () => Promise<boolean>;
}

interface Sieve {
  readonly pass: (event: LogEvent) => readonly LogEvent[];
  readonly rest: () => readonly LogEvent[];
}

const everything: Sieve = { pass: (event) => [event], rest: () => [] };

/**
 * Ships the output of one container: bytes to events, a bounded queue, one request at a time, in order. What cannot be sent is tried
 * again for as long as the agent lives; memory stays bounded by the queue.
 */
export class LogShipper {
  readonly #options: ShipperOptions;
  readonly #queue: EventQueue;
  #splitters: { readonly stdout: EventSplitter; readonly stderr: EventSplitter };
  #stream: LogStream | undefined;
  /** Counts what was attached or resumed: an older one gives way. */
  #turn = 0;
  #halted = false;
  #reading: Promise<void> = Promise.resolve();
  #sending: Promise<void> | undefined;
  #stopped = false;
  #lastTimestamp = 0;
  #cancelGroup: (() => void) | undefined;

  constructor(options: ShipperOptions) {
    this.#options = options;
    const { blocking, maxBufferBytes } = options.destination;
    this.#queue = new EventQueue({ blocking, maxBytes: blocking ? blockingBufferBytes : maxBufferBytes });
    this.#splitters = this.#newSplitters();
  }

  /** Makes the stream, and the group if that is asked for. @throws ApiError, Unavailable */
  async prepare(): Promise<void> {
    const { api, destination, credentials } = this.#options;
    try {
      await this.#createStream();
    } catch (error) {
      const missing = error instanceof ApiError && error.code === 'ResourceNotFoundException';
      if (!missing || !destination.createGroup) throw error;
      await api.createGroup(destination, credentials()).catch(ignoreExisting);
      await this.#createStream();
    }
  }

  /**
   * Ships everything this stream gives until it ends. When that was not all, because the engine went away, goes on with the engine's log.
   * A stream of before gives way, because this container is started anew: let it come to its end first (see `settled`).
   */
  consume(stream: LogStream, source: OutputSource, gaveAll: () => Promise<boolean>): void {
    this.#stream?.close();
    this.#stream = stream;
    this.#begin(source, { run: () => this.#read(stream, everything), gaveAll });
  }

  /** Ships what the engine's log has beyond the cursor, then what follows. */
  resume(source: OutputSource): void {
    this.#begin(source, this.#readBack(source));
  }

  /** Waits, at most `boundMs`, until what was begun has come to its end. */
  async settled(boundMs: number): Promise<void> {
    await within(this.#options.clock, this.#reading, { ms: boundMs, late: undefined });
  }

  #begin(source: OutputSource, first: Reading): void {
    this.#turn += 1;
    const turn = this.#turn;
    this.#reading = this.#reading.then(() => this.#ship(source, first, turn));
  }

  async #ship(source: OutputSource, first: Reading, turn: number): Promise<void> {
    const { log, clock } = this.#options;
    for (let reading = first; ; reading = this.#readBack(source)) {
      let sieve = everything;
      try {
        sieve = await reading.run();
      } catch (error) {
        log.warn("reading a container's output ended early", { error: messageOf(error) });
        await sleep(clock, readBackRetryMs);
      }
      const complete = (await reading.gaveAll()) || turn !== this.#turn;
      if (this.#stopped || this.#halted) return;
      if (complete) {
        const left = [...this.#splitters.stdout.flush(), ...this.#splitters.stderr.flush()];
        this.#take([...left.flatMap(sieve.pass), ...sieve.rest()]);
        return;
      }
      log.info("the engine went away: going on with its log of a container's output");
      // What is incomplete, or held back, comes again; what is complete must be behind the cursor before the log is compared with it.
      this.#splitters = this.#newSplitters();
      await this.#drain();
    }
  }

  #readBack(source: OutputSource): Reading {
    const gaveAll = source.watch();
    return { run: () => this.#readLog(source), gaveAll };
  }

  async #readLog(source: OutputSource): Promise<Sieve> {
    const { clock, cursor } = this.#options;
    await this.#settle();
    const places = [cursor.get('stdout').lastMs, cursor.get('stderr').lastMs].filter((ms) => ms > 0);
    const stream = await source.open(places.length === 0 ? 0 : Math.min(...places) - readBackMs);
    if (this.#stopped || this.#halted) stream.close();
    this.#stream = stream;
    const sieves = { stdout: new ReadBackSieve(cursor.get('stdout')), stderr: new ReadBackSieve(cursor.get('stderr')) };
    const rest = (): readonly LogEvent[] => [...sieves.stdout.rest(), ...sieves.stderr.rest()];
    let cancelQuiet = clock.after(readBackQuietMs, () => this.#take(rest()));
    const pass = (event: LogEvent): readonly LogEvent[] => {
      cancelQuiet();
      cancelQuiet = clock.after(readBackQuietMs, () => this.#take(rest()));
      return sieves[event.stream].pass(event);
    };
    try {
      return await this.#read(stream, { pass, rest });
    } finally {
      cancelQuiet();
    }
  }

  /** Asks the service whether a batch arrived that an earlier run sent without hearing of it; lines twice are better than lines lost. */
  async #settle(): Promise<void> {
    const { api, cursor, destination, credentials, log } = this.#options;
    const last = cursor.unanswered;
    if (last === undefined) return;
    let arrived = false;
    await this.#credentialsArrive();
    try {
      arrived = await api.hasArrived(destination, last, credentials());
    } catch (error) {
      log.warn('it is not known whether the last batch arrived; its lines may be there twice', {
        error: messageOf(error),
      });
    }
    cursor.settle(arrived);
  }

  /** After a restart the control plane sends a role's credentials again, a moment after the connection. */
  async #credentialsArrive(): Promise<void> {
    const { credentials, clock } = this.#options;
    const untilMs = clock.nowMs() + credentialsWaitMs;
    while (!this.#stopped && clock.nowMs() < untilMs) {
      try {
        credentials();
        return;
      } catch {
        await sleep(clock, credentialsLookMs); // not there yet
      }
    }
  }

  /** Waits until the output ended and all of it is shipped, at most `boundMs`. @returns false when something is left */
  async finish(boundMs: number): Promise<boolean> {
    const done = this.#reading.then(() => this.#drain()).then(() => true);
    return within(this.#options.clock, done, { ms: boundMs, late: false });
  }

  /** Reads no more, ships what is at hand within `boundMs`, and lets go; the rest is found again through the cursor. */
  async halt(boundMs: number): Promise<void> {
    this.#halted = true;
    this.#stream?.close();
    await within(this.#options.clock, this.#drain(), { ms: boundMs, late: undefined });
    this.stop();
  }

  /** Stops shipping at once; what is left is found again through the cursor. */
  stop(): void {
    this.#stopped = true;
    this.#cancelGroup?.();
    this.#stream?.close();
    this.#options.cursor.close();
  }

  async #createStream(): Promise<void> {
    const { api, destination, credentials } = this.#options;
    await api.createStream(destination, credentials()).catch(ignoreExisting);
  }

  async #read(stream: LogStream, sieve: Sieve): Promise<Sieve> {
    for await (const chunk of stream.chunks) {
      if (this.#stopped) break;
      this.#take(this.#split(chunk).flatMap(sieve.pass));
      await this.#queue.room();
    }
    return sieve;
  }

  #newSplitters(): { readonly stdout: EventSplitter; readonly stderr: EventSplitter } {
    const { eventStart } = this.#options.destination;
    return { stdout: new EventSplitter('stdout', eventStart), stderr: new EventSplitter('stderr', eventStart) };
  }

  #split(chunk: LogChunk): readonly LogEvent[] {
    const nowMs = this.#options.clock.nowMs();
    const events = this.#splitters[chunk.stream].push(chunk.bytes, chunk.timeMs ?? nowMs);
    if (this.#options.destination.eventStart !== undefined) this.#endGroupLater();
    return events;
  }

  #endGroupLater(): void {
    this.#cancelGroup?.();
    this.#cancelGroup = this.#options.clock.after(groupMs, () => {
      this.#take([...this.#splitters.stdout.flushGroup(), ...this.#splitters.stderr.flushGroup()]);
    });
  }

  #take(events: readonly LogEvent[]): void {
    for (const event of events) {
      // A request's events must be in order of time; clocks may step back.
      this.#lastTimestamp = Math.max(this.#lastTimestamp, event.timestamp);
      this.#queue.push(event.timestamp === this.#lastTimestamp ? event : { ...event, timestamp: this.#lastTimestamp });
    }
    if (events.length > 0) this.#wake();
  }

  #wake(): void {
    if (this.#sending !== undefined || this.#stopped) return;
    this.#sending = this.#send().finally(() => {
      this.#sending = undefined;
      if (this.#queue.length > 0) this.#wake();
    });
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0 || this.#sending !== undefined) {
      this.#wake();
      await this.#sending;
      if (this.#stopped) return;
    }
  }

  async #send(): Promise<void> {
    const { clock, log } = this.#options;
    if (this.#queue.bytes < batchBounds.bytes / 4) await sleep(clock, gatherMs);
    while (!this.#stopped) {
      const batch = this.#queue.takeBatch();
      if (batch.length === 0) return;
      await this.#put(batch);
      const dropped = this.#queue.takeDropped();
      if (dropped > 0)
        log.warn('log events were dropped: the buffer of a non-blocking container was full', { dropped });
    }
  }

  async #put(batch: readonly LogEvent[]): Promise<void> {
    const { api, destination, credentials, cursor, clock, ids, log } = this.#options;
    for (let attempt = 0; !this.#stopped; attempt += 1) {
      try {
        cursor.sending(batch);
        const answer = await api.putEvents(destination, batch, credentials());
        if (answer['rejectedLogEventsInfo'] !== undefined)
          log.warn('CloudWatch Logs rejected events', { info: JSON.stringify(answer['rejectedLogEventsInfo']) });
        cursor.shipped();
        return;
      } catch (error) {
        if (this.#stopped) return;
        if (error instanceof ApiError && refusedForGood.includes(error.code)) {
          log.error('CloudWatch Logs refuses a batch; its events are lost', {
            events: batch.length,
            error: error.message,
          });
          cursor.shipped();
          return;
        }
        const missing = error instanceof ApiError && error.code === 'ResourceNotFoundException';
        if (missing) await this.prepare().catch(() => undefined); // deleted under us; the next attempt tells
        const delayMs = Math.min(retry.firstMs * 2 ** attempt, retry.longestMs) * (0.5 + ids.fraction() / 2);
        log.warn('could not ship log events, will try again', { error: messageOf(error), events: batch.length });
        await sleep(clock, delayMs);
      }
    }
  }
}

function ignoreExisting(error: unknown): void {
  if (error instanceof ApiError && error.code === 'ResourceAlreadyExistsException') return;
  throw error;
}
