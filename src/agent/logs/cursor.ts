import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
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

/**
 * How far the output of a container was shipped, in a small file that is rewritten in place after each accepted batch (some 10 µs, no
 * sync: a machine that goes down takes the container with it). A new agent finds its place in the engine's own log by it.
 */
export class LogCursor {
  readonly #path: string;
  #fd: number | undefined;
  readonly #streams: { stdout: StreamCursor; stderr: StreamCursor };

  constructor(path: string) {
    this.#path = path;
    const saved = readCursor(path);
    this.#streams = { stdout: saved?.stdout ?? start, stderr: saved?.stderr ?? start };
  }

  get(stream: 'stdout' | 'stderr'): StreamCursor {
    return this.#streams[stream];
  }

  shipped(batch: readonly LogEvent[]): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      const last = batch.filter((event) => event.stream === stream).slice(-tailLength);
      const latest = last[last.length - 1];
      if (latest === undefined) continue;
      const tail = [...this.#streams[stream].tail, ...last.map((event) => hashOf(event.message))].slice(-tailLength);
      this.#streams[stream] = { lastMs: latest.timestamp, tail };
    }
    this.#write();
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  remove(): void {
    this.close();
    rmSync(this.#path, { force: true });
  }

  #write(): void {
    if (this.#fd === undefined) {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      this.#fd = openSync(this.#path, 'w', 0o600);
    }
    // One write of one size: what is read back is a whole cursor, old or new.
    writeSync(this.#fd, JSON.stringify(this.#streams).padEnd(cursorBytes), 0);
  }
}

const start: StreamCursor = { lastMs: 0, tail: [] };
const cursorBytes = 1024;

function readCursor(path: string): { stdout?: StreamCursor; stderr?: StreamCursor } | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { stdout?: StreamCursor; stderr?: StreamCursor };
  } catch {
    return undefined; // torn by a power cut: shipping starts with what the engine kept
  }
}

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
