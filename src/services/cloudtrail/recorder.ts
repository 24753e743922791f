import { messageOf, type Clock, type Ids, type Log } from '../../kernel/index.ts';
import type { CallRecorder, RecordedCall } from '../../protocol/api/index.ts';
import { EventChunk, maxCharacterBytes, type EventBatch } from './event-chunk.ts';
import { EventWriter, regionOf, type OperationFacts } from './event.ts';
import {
  chunkBytes,
  dropWarningMs,
  flushDelayMs,
  keptChunks,
  maxQueuedBytes,
  maxQueuedEvents,
  readOnlyShare,
} from './limits.ts';
import type { EventHistory } from './ports.ts';

/** The account of Longshore's own parts; what they do is no user's doing. */
const platformAccount = '000000000000';

export interface RecorderDeps {
  readonly history: EventHistory;
  /** Hands over what is in the history now; must not reject. */
  deliver(batch: EventBatch): Promise<void>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/**
 * Calls on their way to the event history. A call's event is made when it is recorded, which is after its answer, as text, so that nothing of
 * the call is kept; events gather and are written later, one batch after another. What does not fit is dropped, read-only calls first, counted
 * and logged: calls never wait for their record.
 */
export class EventRecorder implements CallRecorder {
  readonly #deps: RecorderDeps;
  readonly #writer = new EventWriter();
  /** Where events gather; the last one still takes some. */
  #chunks: EventChunk[] = [];
  readonly #kept: EventChunk[] = [];
  /** Events that are not written yet, and the bytes of their JSON. */
  #events = 0;
  #bytes = 0;
  #dropped = 0;
  #writing: Promise<void> | undefined;
  #cancelWrite: (() => void) | undefined;
  #closed = false;
  #saidMs = 0;

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
  }

  record(call: RecordedCall, output: object | undefined): void {
    if (this.#closed || call.context.account === platformAccount) return;
    const facts = this.#writer.factsOf(call);
    if (!facts.isManagement) return;
    const share = facts.readOnly ? readOnlyShare : 1;
    if (this.#events >= maxQueuedEvents * share || this.#bytes >= maxQueuedBytes * share) {
      this.#dropped += 1;
      return;
    }
    try {
      this.#add(call, facts, this.#writer.write(call, facts.readOnly ? undefined : output, this.#deps.ids.uuid()));
    } catch (error) {
      const { service, operation } = call;
      this.#deps.log.error('event history: a call could not be recorded', {
        service: service.name,
        operation,
        error: messageOf(error),
      });
    }
    this.#writeSoon();
  }

  /** Resolves when everything recorded so far is in the history. */
  async flush(): Promise<void> {
    while (this.#events > 0) {
      this.#write();
      await this.#writing;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
  }

  #add(call: RecordedCall, facts: OperationFacts, json: string): void {
    const scope = { account: call.context.account, region: regionOf(call) };
    const event = { timeMs: call.answeredMs, json, facts };
    this.#bytes += this.#chunks.at(-1)?.add(scope, event) ?? this.#nextChunk(json).add(scope, event) ?? 0;
    this.#events += 1;
  }

  /** A chunk that the JSON fits. */
  #nextChunk(json: string): EventChunk {
    const needed = json.length * maxCharacterBytes;
    const chunk = (needed <= chunkBytes ? this.#kept.pop() : undefined) ?? new EventChunk(Math.max(chunkBytes, needed));
    this.#chunks.push(chunk);
    return chunk;
  }

  /** What is made gathers for a while, also after what is being written: each write is synced. */
  #writeSoon(): void {
    if (this.#writing !== undefined || this.#chunks.length === 0) return;
    this.#cancelWrite ??= this.#deps.clock.after(flushDelayMs, () => this.#write());
  }

  #write(): void {
    this.#cancelWrite?.();
    this.#cancelWrite = undefined;
    this.#writing ??= this.#writeMade().finally(() => {
      this.#writing = undefined;
      this.#writeSoon();
    });
  }

  async #writeMade(): Promise<void> {
    const chunks = this.#chunks;
    this.#chunks = [];
    for (const chunk of chunks) {
      for (const batch of chunk.batches()) await this.#writeBatch(batch);
      this.#events -= chunk.events;
      this.#bytes -= chunk.used;
      chunk.clear();
      if (this.#kept.length < keptChunks && chunk.capacity === chunkBytes) this.#kept.push(chunk);
    }
    this.#sayDropped();
  }

  async #writeBatch(batch: EventBatch): Promise<void> {
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

  #sayDropped(): void {
    const nowMs = this.#deps.clock.nowMs();
    if (this.#dropped === 0 || nowMs < this.#saidMs + dropWarningMs) return;
    this.#saidMs = nowMs;
    this.#deps.log.warn('event history: more calls than can be written; some are not recorded, read-only ones first', {
      dropped: this.#dropped,
      maxQueuedEvents,
      maxQueuedBytes,
    });
    this.#dropped = 0;
  }
}
