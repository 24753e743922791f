import { toBytes, toText, Unavailable } from '../../kernel/index.ts';
import { PageMerge } from './page-merge.ts';
import { eventOverheadBytes } from './ports.ts';
import type {
  ArchivedEvent,
  ArchiveBatch,
  LogArchive,
  ReadPage,
  ReadRequest,
  StreamRef,
  StreamSummary,
} from './ports.ts';

interface HeldEvent {
  readonly event: ArchivedEvent;
  readonly messageBytes: number;
}

interface HeldStream {
  events: HeldEvent[];
  nextSequence: number;
}

/** An archive in memory, for tests and the simulation. Refuses what does not fit instead of forgetting. */
export class MemoryArchive implements LogArchive {
  readonly #groups = new Map<string, Map<string, HeldStream>>();
  readonly #maxBytes: number;

  constructor(options: { readonly maxBytes?: number } = {}) {
    this.#maxBytes = options.maxBytes ?? 64 * 1024 * 1024;
  }

  async append(stream: StreamRef, batch: ArchiveBatch): Promise<void> {
    const bytes = batch.events.map(({ message }) => (typeof message === 'string' ? toBytes(message) : message).length);
    const added = bytes.reduce((sum, each) => sum + each + eventOverheadBytes, 0);
    if (this.#totalBytes() + added > this.#maxBytes) {
      throw new Unavailable(`the memory archive holds at most ${this.#maxBytes} bytes`);
    }
    const held = this.#stream(stream);
    batch.events.forEach(({ timestampMs, message }, index) => {
      const archived: ArchivedEvent = {
        timestampMs,
        message: typeof message === 'string' ? message : toText(message),
        streamId: stream.streamId,
        sequence: held.nextSequence,
        ingestionMs: batch.ingestionMs,
      };
      held.nextSequence += 1;
      held.events.push({ event: archived, messageBytes: bytes[index] ?? 0 });
    });
  }

  async read(request: ReadRequest): Promise<ReadPage> {
    const merge = new PageMerge(request);
    const streams = this.#groups.get(request.groupId);
    for (const streamId of request.streamIds) {
      for (const { event, messageBytes } of streams?.get(streamId)?.events ?? []) {
        if (merge.wants(event)) merge.add(event, messageBytes);
      }
    }
    return merge.finish(false);
  }

  async summary(stream: StreamRef): Promise<StreamSummary> {
    const events = this.#groups.get(stream.groupId)?.get(stream.streamId)?.events ?? [];
    const [first] = events;
    if (first === undefined) return {};
    const summary = {
      firstEventMs: first.event.timestampMs,
      lastEventMs: first.event.timestampMs,
      lastIngestionMs: first.event.ingestionMs,
    };
    for (const { event } of events) {
      summary.firstEventMs = Math.min(summary.firstEventMs, event.timestampMs);
      summary.lastEventMs = Math.max(summary.lastEventMs, event.timestampMs);
      summary.lastIngestionMs = Math.max(summary.lastIngestionMs, event.ingestionMs);
    }
    return summary;
  }

  groupBytes(groupId: string): number {
    let bytes = 0;
    for (const { events } of this.#groups.get(groupId)?.values() ?? []) {
      for (const { messageBytes } of events) bytes += messageBytes + eventOverheadBytes;
    }
    return bytes;
  }

  groupIds(): readonly string[] {
    return [...this.#groups.keys()];
  }

  async streamIds(groupId: string): Promise<readonly string[]> {
    return [...(this.#groups.get(groupId)?.keys() ?? [])];
  }

  async deleteStream({ groupId, streamId }: StreamRef): Promise<void> {
    this.#groups.get(groupId)?.delete(streamId);
  }

  async deleteGroup(groupId: string): Promise<void> {
    this.#groups.delete(groupId);
  }

  async expire(groupId: string, beforeMs: number): Promise<void> {
    for (const stream of this.#groups.get(groupId)?.values() ?? []) {
      stream.events = stream.events.filter(({ event }) => event.timestampMs >= beforeMs);
    }
  }

  async close(): Promise<void> {
    this.#groups.clear();
  }

  #stream({ groupId, streamId }: StreamRef): HeldStream {
    const streams = this.#groups.get(groupId) ?? new Map<string, HeldStream>();
    this.#groups.set(groupId, streams);
    const stream = streams.get(streamId) ?? { events: [], nextSequence: 0 };
    streams.set(streamId, stream);
    return stream;
  }

  #totalBytes(): number {
    return this.groupIds().reduce((sum, groupId) => sum + this.groupBytes(groupId), 0);
  }
}
