import { messageOf, Unavailable } from '../../../kernel/index.ts';
import type { ArchiveBatch } from '../index.ts';
import { eventOverheadBytes } from '../index.ts';

/** Most bytes that may wait to be written, of all streams and of one. */
export const maxQueuedBytes = 64 * 1024 * 1024;
export const maxQueuedStreamBytes = 8 * 1024 * 1024;
/** Streams written at the same time; more would only take turns on the disk, and the process has few threads for files. */
const maxWriters = 2;
/** Most bytes written with one sync. */
const maxGroupBytes = 4 * 1024 * 1024;

interface Waiting {
  readonly batch: ArchiveBatch;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: Unavailable) => void;
}

/** Batches on their way to the disk. While a stream is being written, what arrives for it gathers and goes with the next sync. */
export class WriteQueue {
  readonly #write: (key: string, batches: readonly ArchiveBatch[]) => Promise<void>;
  readonly #waiting = new Map<string, { readonly list: Waiting[]; bytes: number }>();
  readonly #busy = new Set<string>();
  #queuedBytes = 0;
  #idle: (() => void)[] = [];

  /** @param write stores the batches of one stream, durably and all or none */
  constructor(write: (key: string, batches: readonly ArchiveBatch[]) => Promise<void>) {
    this.#write = write;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** @throws Unavailable when too much waits already, or the write failed */
  push(key: string, batch: ArchiveBatch): Promise<void> {
    const bytes = batch.events.reduce((sum, { message }) => sum + heldBytes(message) + eventOverheadBytes, 0);
    const stream = this.#waiting.get(key) ?? { list: [], bytes: 0 };
    if (this.#queuedBytes + bytes > maxQueuedBytes) {
      return Promise.reject(new Unavailable(`more than ${maxQueuedBytes} bytes of log events wait to be written`));
    }
    if (stream.list.length > 0 && stream.bytes + bytes > maxQueuedStreamBytes) {
      return Promise.reject(
        new Unavailable(`more than ${maxQueuedStreamBytes} bytes of one log stream wait to be written`),
      );
    }
    return new Promise((resolve, reject) => {
      stream.list.push({ batch, bytes, resolve, reject });
      stream.bytes += bytes;
      this.#queuedBytes += bytes;
      this.#waiting.set(key, stream);
      this.#start();
    });
  }

  /** Resolves when everything pushed so far is written or refused. */
  async drained(): Promise<void> {
    while (this.#waiting.size > 0 || this.#busy.size > 0) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  #start(): void {
    for (const [key, { list }] of this.#waiting) {
      if (this.#busy.size >= maxWriters) return;
      if (this.#busy.has(key) || list.length === 0) continue;
      this.#busy.add(key);
      void this.#run(key);
    }
  }

  async #run(key: string): Promise<void> {
    const group = this.#takeGroup(key);
    try {
      await this.#write(
        key,
        group.map(({ batch }) => batch),
      );
      for (const { resolve } of group) resolve();
    } catch (error) {
      const refusal = new Unavailable(`log events were not stored: ${messageOf(error)}`);
      for (const { reject } of group) reject(refusal);
    }
    for (const { bytes } of group) this.#queuedBytes -= bytes;
    this.#busy.delete(key);
    const idle = this.#idle;
    this.#idle = [];
    for (const wake of idle) wake();
    this.#start();
  }

  /** Takes what may be written with one sync; the stream goes to the end of the line with the rest. */
  #takeGroup(key: string): Waiting[] {
    const stream = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (stream === undefined) return [];
    let count = 0;
    let bytes = 0;
    for (const waiting of stream.list) {
      if (count > 0 && bytes + waiting.bytes > maxGroupBytes) break;
      count += 1;
      bytes += waiting.bytes;
    }
    const rest = stream.list.slice(count);
    if (rest.length > 0) this.#waiting.set(key, { list: rest, bytes: stream.bytes - bytes });
    return stream.list.slice(0, count);
  }
}

/** Text may take two bytes a character. */
function heldBytes(message: string | Uint8Array): number {
  return typeof message === 'string' ? 2 * message.length : message.length;
}
