import { comparePositions, eventOverheadBytes } from './ports.ts';
import type { ArchivedEvent, Position, ReadPage, ReadRequest } from './ports.ts';

/**
 * Collects the first events of a read out of pieces that come in any order, holding at most about twice a page. Used by every
 * archive, so that all of them order, bound and cut pages alike.
 */
export class PageMerge {
  readonly #request: ReadRequest;
  readonly #sign: 1 | -1;
  #events: SizedEvent[] = [];
  #bytes = 0;
  #cut = false;
  /** Position of the page's last event, once the page is full: nothing beyond it can matter. */
  #last: Position | undefined;

  constructor(request: ReadRequest) {
    this.#request = request;
    this.#sign = request.direction === 'forward' ? 1 : -1;
  }

  /** Negative when `a` comes first in the direction of the read. */
  compare(a: Position, b: Position): number {
    return this.#sign * comparePositions(a, b);
  }

  /** Whether an event at this position belongs to the page as far as it is known. */
  wants(position: Position): boolean {
    const { startMs, endMs, after } = this.#request;
    if (position.timestampMs < startMs || position.timestampMs >= endMs) return false;
    if (after !== undefined && this.compare(position, after) <= 0) return false;
    if (this.isBeyond(position)) {
      this.#cut = true;
      return false;
    }
    return true;
  }

  /** Whether the page is full before this position. */
  isBeyond(position: Position): boolean {
    return this.#last !== undefined && this.compare(position, this.#last) > 0;
  }

  /** Adds an event that the page `wants`. */
  add(event: ArchivedEvent, messageBytes: number): void {
    const bytes = messageBytes + eventOverheadBytes;
    this.#events.push({ event, bytes });
    this.#bytes += bytes;
    const slack = this.#last === undefined ? 1 : 2;
    if (this.#events.length > slack * this.#request.maxEvents || this.#bytes > slack * this.#request.maxBytes) {
      this.#truncate();
    }
  }

  /** @param moreUnread there are pieces that were not read because the page was full */
  finish(moreUnread: boolean): ReadPage {
    this.#truncate();
    return { events: this.#events.map(({ event }) => event), more: this.#cut || moreUnread };
  }

  #truncate(): void {
    this.#events.sort((a, b) => this.compare(a.event, b.event));
    let count = 0;
    let bytes = 0;
    for (const event of this.#events) {
      const full = count >= this.#request.maxEvents || bytes + event.bytes > this.#request.maxBytes;
      if (full && count > 0) break;
      count += 1;
      bytes += event.bytes;
    }
    if (count === this.#events.length) return;
    this.#cut = true;
    this.#events = this.#events.slice(0, count);
    this.#bytes = bytes;
    this.#last = this.#events.at(-1)?.event;
  }
}

interface SizedEvent {
  readonly event: ArchivedEvent;
  readonly bytes: number;
}
