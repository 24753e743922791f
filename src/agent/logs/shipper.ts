import type { Clock, Ids, Log } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { LogChunk, LogStream } from '../../runtime/index.ts';
import { ApiError } from '../session/api-client.ts';
import type { AwsCredentials } from '../session/credentials.ts';
import { sleep, within } from '../sleep.ts';
import type { LogCursor } from './cursor.ts';
import { ReadBackSieve, hashOf } from './cursor.ts';
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
/** How far before the cursor the engine's log is read again. */
const readBackMs = 1_000;
const credentialsWaitMs = 30_000;
const credentialsLookMs = 100;

/** Refusals that no repetition cures for the events at hand. */
const refusedForGood = ['InvalidParameterException', 'SerializationException', 'ValidationException'];

/**
 * Ships the output of one container: bytes to events, a bounded queue, one request at a time, in order. What cannot be sent is tried
 * again for as long as the agent lives; memory stays bounded by the queue.
 */
export class LogShipper {
  readonly #options: ShipperOptions;
  readonly #queue: EventQueue;
  readonly #splitters: { readonly stdout: EventSplitter; readonly stderr: EventSplitter };
  #stream: LogStream | undefined;
  #reading: Promise<void> = Promise.resolve();
  #sending: Promise<void> | undefined;
  #stopped = false;
  #lastTimestamp = 0;
  #cancelGroup: (() => void) | undefined;

  constructor(options: ShipperOptions) {
    this.#options = options;
    const { blocking, maxBufferBytes, eventStart } = options.destination;
    this.#queue = new EventQueue({ blocking, maxBytes: blocking ? blockingBufferBytes : maxBufferBytes });
    this.#splitters = {
      stdout: new EventSplitter('stdout', eventStart),
      stderr: new EventSplitter('stderr', eventStart),
    };
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

  /** Ships everything this stream gives until it ends. */
  consume(stream: LogStream): void {
    this.#stream = stream;
    const before = this.#reading;
    this.#reading = before
      .then(() => this.#read(stream, (event) => [event]))
      .catch((error: unknown) => {
        this.#options.log.warn("reading a container's output ended early", { error: messageOf(error) });
      });
  }

  /** Ships what the engine's log has beyond the cursor, then what follows. `open` reads it from a little before a time on. */
  resume(open: (sinceMs: number) => Promise<LogStream>): void {
    this.#reading = this.#resume(open).catch((error: unknown) => {
      this.#options.log.error("a container's output could not be read back", { error: messageOf(error) });
    });
  }

  async #resume(open: (sinceMs: number) => Promise<LogStream>): Promise<void> {
    const { clock, cursor } = this.#options;
    await this.#settle();
    const places = [cursor.get('stdout').lastMs, cursor.get('stderr').lastMs].filter((ms) => ms > 0);
    const stream = await open(places.length === 0 ? 0 : Math.min(...places) - readBackMs);
    if (this.#stopped) {
      stream.close();
      return;
    }
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
      await this.#read(stream, pass, rest);
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
      const events = await api.latestEvents(destination, credentials());
      arrived = events.some((event) => event.timestamp === last.timestamp && hashOf(event.message) === last.hash);
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

  async #read(
    stream: LogStream,
    pass: (event: LogEvent) => readonly LogEvent[],
    rest: () => readonly LogEvent[] = () => [],
  ): Promise<void> {
    for await (const chunk of stream.chunks) {
      if (this.#stopped) return;
      this.#take(this.#split(chunk).flatMap(pass));
      await this.#queue.room();
    }
    if (this.#stopped) return;
    const left = [...this.#splitters.stdout.flush(), ...this.#splitters.stderr.flush()];
    this.#take([...left.flatMap(pass), ...rest()]);
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
