import type { EpochMs } from '../../kernel/index.ts';

/** One event as CloudWatch Logs takes it. */
export interface LogEvent {
  readonly timestamp: EpochMs;
  readonly message: string;
  /** UTF-8 length of the message plus what the service counts per event. */
  readonly sizeBytes: number;
  /** Which output it came from, for the cursor. */
  readonly stream: 'stdout' | 'stderr';
}

/** What PutLogEvents counts for an event beside its text. */
export const eventOverheadBytes = 26;
/** The awslogs driver's limit: 256 KiB with the overhead. The service itself takes up to 1 MiB today. */
export const largestEventBytes = 256 * 1024 - eventOverheadBytes;

const newline = 0x0a;

/**
 * Bytes of one output stream into events: lines joined over chunks, grouped by `eventStart`, cut at the largest event size
 * between characters. Holds at most one event's worth of bytes.
 */
export class EventSplitter {
  readonly #stream: 'stdout' | 'stderr';
  readonly #eventStart: RegExp | undefined;
  #partial: Buffer[] = [];
  #partialBytes = 0;
  #group: Buffer[] = [];
  #groupBytes = 0;
  #sinceMs: EpochMs = 0;

  constructor(stream: 'stdout' | 'stderr', eventStart?: RegExp) {
    this.#stream = stream;
    this.#eventStart = eventStart;
  }

  /** @returns the events that are complete now */
  push(bytes: Uint8Array, timeMs: EpochMs): readonly LogEvent[] {
    const events: LogEvent[] = [];
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let from = 0;
    for (let at = buffer.indexOf(newline); at !== -1; at = buffer.indexOf(newline, from)) {
      this.#add(buffer.subarray(from, at), timeMs, events);
      this.#endLine(timeMs, events);
      from = at + 1;
    }
    if (from < buffer.length) this.#add(buffer.subarray(from), timeMs, events);
    return events;
  }

  /** What is left when the stream ended, or when a group has waited long enough. */
  flush(): readonly LogEvent[] {
    const events: LogEvent[] = [];
    if (this.#partialBytes > 0) this.#endLine(this.#sinceMs, events);
    this.#endGroup(events);
    return events;
  }

  /** Ends a group of lines, and leaves a line that is not complete alone. */
  flushGroup(): readonly LogEvent[] {
    const events: LogEvent[] = [];
    this.#endGroup(events);
    return events;
  }

  #add(bytes: Buffer, timeMs: EpochMs, events: LogEvent[]): void {
    let rest = bytes;
    while (this.#partialBytes + rest.length > largestEventBytes) {
      const room = characterBoundary(rest, largestEventBytes - this.#partialBytes);
      this.#partial.push(rest.subarray(0, room));
      this.#partialBytes += room;
      rest = rest.subarray(room);
      this.#endGroup(events);
      this.#emit(Buffer.concat(this.#partial), timeMs, events);
      this.#partial = [];
      this.#partialBytes = 0;
    }
    if (rest.length === 0) return;
    // The engine's chunk is reused memory for nobody, but it may be much larger than the rest of a line: keep a copy of that only.
    this.#partial.push(Buffer.from(rest));
    this.#partialBytes += rest.length;
    if (this.#groupBytes === 0) this.#sinceMs = timeMs;
  }

  #endLine(timeMs: EpochMs, events: LogEvent[]): void {
    const line = this.#partial.length === 1 ? (this.#partial[0] as Buffer) : Buffer.concat(this.#partial);
    this.#partial = [];
    this.#partialBytes = 0;
    if (this.#eventStart === undefined) {
      this.#emit(line, timeMs, events);
      return;
    }
    const starts = this.#eventStart.test(line.toString('utf8'));
    if (starts || this.#groupBytes + line.length + 1 > largestEventBytes) this.#endGroup(events);
    if (this.#groupBytes === 0) this.#sinceMs = timeMs;
    this.#group.push(line);
    this.#groupBytes += line.length + 1;
  }

  #endGroup(events: LogEvent[]): void {
    if (this.#groupBytes === 0) return;
    const text = Buffer.concat(
      this.#group.flatMap((line, index) => (index === 0 ? [line] : [Buffer.from('\n'), line])),
    );
    this.#group = [];
    this.#groupBytes = 0;
    this.#emit(text, this.#sinceMs, events);
  }

  /** Empty lines are no events: the service refuses empty messages. */
  #emit(bytes: Buffer, timestamp: EpochMs, events: LogEvent[]): void {
    const end = bytes[bytes.length - 1] === 0x0d ? bytes.length - 1 : bytes.length;
    if (end === 0) return;
    const message = bytes.toString('utf8', 0, end);
    const sizeBytes = Buffer.byteLength(message) + eventOverheadBytes;
    events.push({ timestamp, message, sizeBytes, stream: this.#stream });
  }
}

/** The largest cut at or before `limit` that does not divide a UTF-8 character. */
function characterBoundary(bytes: Buffer, limit: number): number {
  let cut = Math.min(limit, bytes.length);
  for (let back = 0; back < 3 && cut > 0 && cut < bytes.length; back += 1) {
    if (((bytes[cut] ?? 0) & 0xc0) !== 0x80) break;
    cut -= 1;
  }
  return cut;
}
