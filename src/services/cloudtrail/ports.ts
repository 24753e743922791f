import type { EpochMs, Scope } from '../../kernel/index.ts';

export type { Scope } from '../../kernel/index.ts';

export interface HistoryEvent {
  readonly timeMs: EpochMs;
  /** CloudTrail's JSON. */
  readonly json: string;
}

/** An event on its way to the history. */
export interface WrittenEvent {
  readonly timeMs: EpochMs;
  /** UTF-8 of CloudTrail's JSON; lent until the event is in the history. */
  readonly json: Uint8Array;
}

/** A place in the history of one account and region. */
export interface HistoryPosition {
  readonly timeMs: EpochMs;
  readonly sequence: number;
}

export interface HistoryRequest {
  /** First millisecond that counts. */
  readonly startMs: EpochMs;
  /** First millisecond that counts no more. */
  readonly endMs: EpochMs;
  /** Only what happened before this. */
  readonly before?: HistoryPosition;
  readonly maxEvents: number;
  /** Most bytes of JSON, about; one event is always read. */
  readonly maxBytes: number;
}

export interface HistoryPage {
  /** Newest first. */
  readonly events: readonly (HistoryEvent & HistoryPosition)[];
  /** There may be older ones. */
  readonly more: boolean;
}

/** Where events live: outside the transactional store, bounded, durable once appended. Implemented in main. */
export interface EventHistory {
  /** @param events oldest first, at most `chunkBytes` of JSON unless one alone has more */
  append(scope: Scope, events: readonly WrittenEvent[]): Promise<void>;
  read(scope: Scope, request: HistoryRequest): Promise<HistoryPage>;
  /** Forgets what is older, as far as that is cheap. */
  expire(beforeMs: EpochMs): Promise<void>;
}

/** Log groups that trails deliver to. Implemented on CloudWatch Logs, wired in main. */
export interface TrailLogs {
  exists(groupArn: string): boolean;
  /** Adds events to a stream, made when it is missing; rejects with the reason. */
  deliver(groupArn: string, stream: string, events: readonly HistoryEvent[]): Promise<void>;
}
