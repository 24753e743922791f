import { writeBytes, type EpochMs } from '../../kernel/index.ts';
import type { OperationFacts } from './event.ts';
import type { Scope, WrittenEvent } from './ports.ts';

/** Events of one account and region on their way to the history. */
export interface EventBatch {
  readonly scope: Scope;
  readonly events: readonly WrittenEvent[];
  /** What the events say of themselves, in the same order. */
  readonly facts: readonly OperationFacts[];
}

interface Gathered {
  readonly scope: Scope;
  /** Of each event. */
  readonly timesMs: EpochMs[];
  readonly starts: number[];
  readonly ends: number[];
  readonly facts: OperationFacts[];
}

/** UTF-8 of a character. */
export const maxCharacterBytes = 3;

/**
 * Events that gather, as bytes in memory of its own: text that waits would be copied by the collector until it is old, and every answer
 * has such a text.
 */
export class EventChunk {
  readonly #bytes: Uint8Array;
  readonly #gathered = new Map<string, Gathered>();
  /** Of the event before: most are of one account and region. */
  #last: Gathered | undefined;
  #used = 0;
  #events = 0;

  constructor(bytes: number) {
    this.#bytes = new Uint8Array(bytes);
  }

  get capacity(): number {
    return this.#bytes.length;
  }

  get used(): number {
    return this.#used;
  }

  get events(): number {
    return this.#events;
  }

  /** @returns bytes added; undefined when the event may not fit */
  add(
    scope: Scope,
    event: { readonly timeMs: EpochMs; readonly json: string; readonly facts: OperationFacts },
  ): number | undefined {
    const { json, timeMs, facts } = event;
    if (json.length * maxCharacterBytes > this.#bytes.length - this.#used) return undefined;
    const start = this.#used;
    const bytes = writeBytes(json, this.#bytes.subarray(start)) ?? 0;
    this.#used += bytes;
    this.#events += 1;
    const of = this.#of(scope);
    // A clock that was set back must not put the batch out of order.
    of.timesMs.push(Math.max(timeMs, of.timesMs.at(-1) ?? 0));
    of.starts.push(start);
    of.ends.push(this.#used);
    of.facts.push(facts);
    return bytes;
  }

  /** What has gathered. The bytes are the chunk's: it must not be cleared before they are written. */
  batches(): readonly EventBatch[] {
    return Array.from(this.#gathered.values(), ({ scope, timesMs, starts, ends, facts }) => ({
      scope,
      facts,
      events: timesMs.map((timeMs, index) => ({ timeMs, json: this.#bytes.subarray(starts[index], ends[index]) })),
    }));
  }

  clear(): void {
    this.#gathered.clear();
    this.#last = undefined;
    this.#used = 0;
    this.#events = 0;
  }

  #of(scope: Scope): Gathered {
    const last = this.#last;
    if (last?.scope.account === scope.account && last.scope.region === scope.region) return last;
    const key = `${scope.account}/${scope.region}`;
    let gathered = this.#gathered.get(key);
    if (gathered === undefined) {
      gathered = { scope, timesMs: [], starts: [], ends: [], facts: [] };
      this.#gathered.set(key, gathered);
    }
    this.#last = gathered;
    return gathered;
  }
}
