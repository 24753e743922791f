import { createHash } from 'node:crypto';
import { closeSync, constants, existsSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { EpochMs } from '../../kernel/index.ts';
import type { LogEvent } from './event-splitter.ts';

/** The end of what was shipped of one output stream. */
export interface StreamCursor {
  readonly lastMs: EpochMs;
  /** Hashes of the last shipped events, oldest first. */
  readonly tail: readonly string[];
}

/** Events whose hashes are kept: enough to find the place again among repeated lines. */
const tailLength = 8;

interface Cursors {
  readonly stdout: StreamCursor;
  readonly stderr: StreamCursor;
}

/** What the file holds. */
interface CursorFile extends Cursors {
  /** A batch that was sent and not answered yet: where the cursors are if it arrived, and its last event. */
  readonly sent?: Cursors & { readonly last: { readonly timestamp: EpochMs; readonly hash: string } };
}

/**
 * How far the output of a container was shipped, in a small file that is rewritten in place around each batch (some 10 µs, no sync: a
 * machine that goes down takes the container with it). A new agent finds its place in the engine's own log by it.
 */
export class LogCursor {
  readonly #path: string;
  #fd: number | undefined;
  #file: CursorFile;

  constructor(path: string) {
    this.#path = path;
    this.#file = { stdout: start, stderr: start, ...readCursor(path) };
  }

  get(stream: 'stdout' | 'stderr'): StreamCursor {
    return this.#file[stream];
  }

  /** The last event of a batch that an earlier run sent without hearing of it. */
  get unanswered(): { readonly timestamp: EpochMs; readonly hash: string } | undefined {
    return this.#file.sent?.last;
  }

  /** Settles what `unanswered` left open. */
  settle(arrived: boolean): void {
    const { stdout, stderr, sent } = this.#file;
    this.#file = arrived && sent !== undefined ? { stdout: sent.stdout, stderr: sent.stderr } : { stdout, stderr };
    this.#write();
  }

  /** To be called before a batch is sent. */
  sending(batch: readonly LogEvent[]): void {
    const { stdout, stderr } = this.#file;
    const last = batch[batch.length - 1];
    if (last === undefined) return;
    const sent = {
      stdout: moved(stdout, batch, 'stdout'),
      stderr: moved(stderr, batch, 'stderr'),
      last: { timestamp: last.timestamp, hash: hashOf(last.message) },
    };
    this.#file = { stdout, stderr, sent };
    this.#write();
  }

  /** The batch that was sent is accepted. */
  shipped(): void {
    this.settle(true);
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #write(): void {
    if (this.#fd === undefined) {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      // Not truncated: until the first write the old cursor stays.
      this.#fd = openSync(this.#path, constants.O_WRONLY | constants.O_CREAT, 0o600);
    }
    // One write of one size: what is read back is a whole cursor, old or new.
    writeSync(this.#fd, JSON.stringify(this.#file).padEnd(cursorBytes), 0);
  }
}

function moved(cursor: StreamCursor, batch: readonly LogEvent[], stream: 'stdout' | 'stderr'): StreamCursor {
  const last: LogEvent[] = [];
  for (let at = batch.length - 1; at >= 0 && last.length < tailLength; at -= 1) {
    const event = batch[at];
    if (event?.stream === stream) last.unshift(event);
  }
  const latest = last[last.length - 1];
  if (latest === undefined) return cursor;
  const tail = [...cursor.tail, ...last.map((event) => hashOf(event.message))].slice(-tailLength);
  return { lastMs: latest.timestamp, tail };
}

const start: StreamCursor = { lastMs: 0, tail: [] };
const cursorBytes = 2048;

function readCursor(path: string): Partial<CursorFile> {
  if (!existsSync(path)) return {};
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Partial<CursorFile>;
  } catch {
    return {}; // torn by a power cut: shipping starts with what the engine kept
  }
}

/** What stands for a message where its text must not: 16 characters. */
export function hashOf(message: string): string {
  return createHash('sha1').update(message).digest('base64url').slice(0, 16);
}

/**
 * Finds the events of one output that were not shipped yet among those read back from the engine's log, which begins some time before the
 * cursor. Of several places that fit the tail, the latest one not after the cursor's time is taken; when none fits, time alone decides.
 * Holds only what may be new: the events after the latest fitting place.
 */
export class ReadBackSieve {
  readonly #cursor: StreamCursor;
  #window: string[] = [];
  #held: LogEvent[] | undefined = [];
  #matched = false;

  constructor(cursor: StreamCursor) {
    this.#cursor = cursor;
    if (cursor.lastMs === 0) this.#held = undefined;
  }

  /** @returns the events that are surely new */
  pass(event: LogEvent): readonly LogEvent[] {
    if (this.#held === undefined) return [event];
    const { lastMs, tail } = this.#cursor;
    if (event.timestamp > lastMs + clockSlackMs) return [...this.rest(), event];
    this.#window = [...this.#window, hashOf(event.message)].slice(-tail.length);
    const expected = tail.slice(-this.#window.length);
    if (this.#window.every((hash, index) => hash === expected[index])) {
      this.#held = [];
      this.#matched = true;
    } else if (this.#matched || event.timestamp > lastMs) this.#held.push(event);
    return [];
  }

  /** Nothing older follows: what is held is new. */
  rest(): readonly LogEvent[] {
    const held = this.#held ?? [];
    this.#held = undefined;
    return held;
  }
}

/** The engine may stamp a line a little later than the agent received it. */
const clockSlackMs = 50;
