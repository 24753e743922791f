import type { LogEvent } from './event-splitter.ts';

/** Bounds of PutLogEvents: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
export const batchBounds = { events: 10_000, bytes: 1_048_576, spanMs: 24 * 60 * 60 * 1000 } as const;

/**
 * Events that wait to be shipped, at most `maxBytes` of them. In blocking mode `push` says when to wait; in non-blocking mode the oldest
 * make room. An event larger than the whole queue is still taken, alone.
 */
export class EventQueue {
  readonly #maxBytes: number;
  readonly #blocking: boolean;
  #events: LogEvent[] = [];
  #head = 0;
  #bytes = 0;
  #dropped = 0;
  #roomWaiters: (() => void)[] = [];

  constructor(options: { readonly maxBytes: number; readonly blocking: boolean }) {
    this.#maxBytes = options.maxBytes;
    this.#blocking = options.blocking;
  }

  get length(): number {
    return this.#events.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** How many events were dropped since this was asked last. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  push(event: LogEvent): void {
    this.#events.push(event);
    this.#bytes += event.sizeBytes;
    if (this.#blocking) return;
    while (this.#bytes > this.#maxBytes && this.length > 1) {
      this.#shift();
      this.#dropped += 1;
    }
  }

  isFull(): boolean {
    return this.#bytes >= this.#maxBytes;
  }

  /** Resolves when there is room again; at once in non-blocking mode. */
  room(): Promise<void> {
    if (!this.#blocking || !this.isFull()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#roomWaiters.push(resolve);
    });
  }

  /** Takes the oldest events that fit into one request. */
  takeBatch(): readonly LogEvent[] {
    const batch: LogEvent[] = [];
    let bytes = 0;
    while (batch.length < batchBounds.events) {
      const event = this.#events[this.#head];
      if (event === undefined || bytes + event.sizeBytes > batchBounds.bytes) break;
      if (event.timestamp - (batch[0]?.timestamp ?? event.timestamp) >= batchBounds.spanMs) break;
      bytes += event.sizeBytes;
      batch.push(event);
      this.#shift();
    }
    if (!this.isFull()) for (const wake of this.#roomWaiters.splice(0)) wake();
    return batch;
  }

  #shift(): void {
    this.#bytes -= this.#events[this.#head]?.sizeBytes ?? 0;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
  }
}
