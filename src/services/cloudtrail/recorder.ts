import { messageOf, type Clock, type Ids, type Log } from '../../kernel/index.ts';
import type { CallRecorder, RecordedCall } from '../../protocol/api/index.ts';
import { eventOf, regionOf } from './event.ts';
import {
  dropWarningMs,
  eventsPerTurn,
  flushDelayMs,
  maxAppendLength,
  maxQueuedBytes,
  maxQueuedCalls,
  readOnlyShare,
} from './limits.ts';
import { isManagement, isReadOnly } from './operations.ts';
import type { EventHistory, HistoryEvent, Scope } from './ports.ts';

/** The account of Longshore's own parts; what they do is no user's doing. */
const platformAccount = '000000000000';

interface Waiting {
  readonly call: RecordedCall;
  readonly output: object | undefined;
}

/** Events of one account and region on their way to the history. */
export interface EventBatch {
  readonly scope: Scope;
  readonly events: HistoryEvent[];
  /** What the events say of themselves, in the same order. */
  readonly facts: { readonly service: string; readonly eventSource: string; readonly readOnly: boolean }[];
  /** Of the JSON. */
  length: number;
}

export interface RecorderDeps {
  readonly history: EventHistory;
  /** Hands over what is in the history now; must not reject. */
  deliver(batch: EventBatch): Promise<void>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/**
 * Calls on their way to the event history. Taking one note costs a push on a queue; events are made and written later, one batch
 * after another. What does not fit the queue is dropped, read-only calls first, counted and logged: calls never wait for their record.
 */
export class EventRecorder implements CallRecorder {
  readonly #deps: RecorderDeps;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #writing: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #closed = false;
  #saidMs = 0;

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
  }

  record(call: RecordedCall, output: object | undefined): void {
    const { name } = call.service;
    if (this.#closed || call.context.account === platformAccount || !isManagement(name, call.operation)) return;
    const readOnly = isReadOnly(name, call.operation);
    const share = readOnly ? readOnlyShare : 1;
    const fits =
      this.#waiting.length < maxQueuedCalls * share &&
      (this.#waiting.length === 0 || this.#waitingBytes + call.requestBytes <= maxQueuedBytes * share);
    if (!fits) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push({ call, output: readOnly ? undefined : output });
    this.#waitingBytes += call.requestBytes;
    if (this.#writing === undefined && this.#cancel === undefined) {
      this.#cancel = this.#deps.clock.after(flushDelayMs, () => this.#start());
    }
  }

  /** Resolves when everything recorded so far is in the history. */
  async flush(): Promise<void> {
    while (this.#waiting.length > 0 || this.#writing !== undefined) {
      this.#start();
      await this.#writing;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
  }

  #start(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#writing ??= this.#drain().finally(() => (this.#writing = undefined));
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const taken = this.#waiting;
      // What waits counts against the bounds until it is written, so it is taken in pieces that are small beside them.
      this.#waiting = taken.splice(eventsPerTurn * 16);
      this.#waitingBytes = this.#waiting.reduce((sum, { call }) => sum + call.requestBytes, 0);
      const batches = new Map<string, EventBatch>();
      for (let index = 0; index < taken.length; index += eventsPerTurn) {
        const full: EventBatch[] = [];
        for (const waiting of taken.slice(index, index + eventsPerTurn)) this.#add(batches, waiting, full);
        for (const batch of full) await this.#write(batch);
        await this.#pause();
      }
      for (const batch of batches.values()) await this.#write(batch);
      this.#sayDropped();
    }
  }

  /** @param full takes the batch that the event did not fit */
  #add(batches: Map<string, EventBatch>, { call, output }: Waiting, full: EventBatch[]): void {
    const scope = { account: call.context.account, region: regionOf(call) };
    const key = `${scope.account}/${scope.region}`;
    const event = eventOf(call, output, this.#deps.ids.uuid());
    const json = JSON.stringify(event);
    let batch = batches.get(key);
    if (batch !== undefined && batch.length + json.length > maxAppendLength) {
      full.push(batch);
      batch = undefined;
    }
    batch ??= { scope, events: [], facts: [], length: 0 };
    batches.set(key, batch);
    // A clock that was set back must not put the batch out of order.
    const timeMs = Math.max(call.answeredMs, batch.events.at(-1)?.timeMs ?? 0);
    batch.events.push({ timeMs, json });
    batch.facts.push({ service: call.service.name, eventSource: event.eventSource, readOnly: event.readOnly });
    batch.length += json.length;
  }

  async #write(batch: EventBatch): Promise<void> {
    try {
      await this.#deps.history.append(batch.scope, batch.events);
    } catch (error) {
      this.#deps.log.error('event history: events could not be written and are lost', {
        events: batch.events.length,
        error: messageOf(error),
      });
    }
    await this.#deps.deliver(batch);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#deps.clock.after(0, resolve);
    });
  }

  #sayDropped(): void {
    const nowMs = this.#deps.clock.nowMs();
    if (this.#dropped === 0 || nowMs < this.#saidMs + dropWarningMs) return;
    this.#saidMs = nowMs;
    this.#deps.log.warn('event history: more calls than can be written; some are not recorded, read-only ones first', {
      dropped: this.#dropped,
      maxQueuedCalls,
      maxQueuedBytes,
    });
    this.#dropped = 0;
  }
}
