import type { EpochMs } from '../../kernel/index.ts';

/** A log stream as the archive knows it: ids, never names, so that a stream made again under its old name starts empty. */
export interface StreamRef {
  /** Only letters and digits. */
  readonly groupId: string;
  /** Only letters and digits; unique within its group. */
  readonly streamId: string;
}

export interface LogEvent {
  readonly timestampMs: EpochMs;
  readonly message: string;
}

/** Events that arrived together, oldest first. */
export interface EventBatch {
  readonly ingestionMs: EpochMs;
  readonly events: readonly LogEvent[];
}

/** The same for an archive, which takes a message as text or as the UTF-8 of it. The bytes are only lent until the batch is stored. */
export interface ArchiveBatch {
  readonly ingestionMs: EpochMs;
  readonly events: readonly { readonly timestampMs: EpochMs; readonly message: string | Uint8Array }[];
}

/** A place between events. Events are ordered by time, then stream id, then the order in which the stream took them. */
export interface Position {
  readonly timestampMs: EpochMs;
  readonly streamId: string;
  readonly sequence: number;
}

export interface ArchivedEvent extends LogEvent, Position {
  readonly ingestionMs: EpochMs;
}

export interface ReadRequest {
  readonly groupId: string;
  /** Streams of the group whose events are merged into one order. */
  readonly streamIds: readonly string[];
  readonly direction: 'forward' | 'backward';
  /** Only events beyond this position, in the direction; absent: from the end where the direction starts. */
  readonly after?: Position;
  /** First millisecond that counts. */
  readonly startMs: EpochMs;
  /** First millisecond that counts no more. */
  readonly endMs: EpochMs;
  readonly maxEvents: number;
  /** Most bytes of messages plus `eventOverheadBytes` an event; one event is always returned. */
  readonly maxBytes: number;
}

export interface ReadPage {
  /** In the direction of the request. */
  readonly events: readonly ArchivedEvent[];
  /** There may be more beyond the last event. */
  readonly more: boolean;
}

/** What the archive holds of one stream. Times are absent while it holds no event. */
export interface StreamSummary {
  readonly firstEventMs?: EpochMs;
  readonly lastEventMs?: EpochMs;
  readonly lastIngestionMs?: EpochMs;
}

/** CloudWatch Logs counts 26 bytes for each event beside its message, for batches and for pages. */
export const eventOverheadBytes = 26;

/**
 * Where log events live: beside the transactional store, so that a flood of logs neither grows it nor slows it. Bounded on
 * disk: when full it forgets the oldest events of the streams that hold most.
 */
export interface LogArchive {
  /**
   * Adds a batch to a stream; durable when resolved, visible to reads from then on. Batches of one stream keep their order.
   * @throws Unavailable when more waits to be written than the archive may hold, or the disk refuses; nothing was stored then
   */
  append(stream: StreamRef, batch: ArchiveBatch): Promise<void>;
  /** A bounded page of events in order; an unknown stream has none. */
  read(request: ReadRequest): Promise<ReadPage>;
  summary(stream: StreamRef): Promise<StreamSummary>;
  /** Bytes held for a group, about. */
  groupBytes(groupId: string): number;
  /** Ids of the groups that hold anything. */
  groupIds(): readonly string[];
  streamIds(groupId: string): Promise<readonly string[]>;
  /** Forgets a stream; no error when it is unknown. */
  deleteStream(stream: StreamRef): Promise<void>;
  deleteGroup(groupId: string): Promise<void>;
  /** Frees the space of events older than `beforeMs` as far as that is cheap; keeps every younger one. */
  expire(groupId: string, beforeMs: EpochMs): Promise<void>;
  close(): Promise<void>;
}

/** Negative when `a` comes first. */
export function comparePositions(a: Position, b: Position): number {
  if (a.timestampMs !== b.timestampMs) return a.timestampMs - b.timestampMs;
  if (a.streamId !== b.streamId) return a.streamId < b.streamId ? -1 : 1;
  return a.sequence - b.sequence;
}
