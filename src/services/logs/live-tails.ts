import type { Clock } from '../../kernel/index.ts';
import { ApiError } from '../../protocol/api/index.ts';
import type {
  LiveTailSessionLogEvent,
  LiveTailSessionStart,
  StartLiveTailResponseStream,
} from '../../protocol/generated/logs.ts';
import type { LogFilter } from './filter/filter.ts';
import { liveTailMs, liveTailUpdateMs, maxLiveTails, maxUpdateEvents } from './limits.ts';
import type { EventBatch } from './ports.ts';
import { scopeText } from './records/log-group.ts';
import type { LogGroupRecord, Scope } from './records/log-group.ts';

/** What a session wants to see. */
export interface LiveTailRequest {
  readonly scope: Scope;
  /** Group id to the identifier under which events of the group are reported. */
  readonly groups: ReadonlyMap<string, string>;
  readonly wantsStream: (name: string) => boolean;
  readonly filter: LogFilter;
  /** The first thing said in the session. */
  readonly start: LiveTailSessionStart;
}

interface Session {
  readonly request: LiveTailRequest;
  readonly endsMs: number;
  events: LiveTailSessionLogEvent[];
  sampled: boolean;
}

/**
 * Live tail sessions: what PutLogEvents stores is offered to each of them. A session holds at most one update's events; what
 * does not fit is dropped and the update says `sampled`.
 */
export class LiveTails {
  readonly #clock: Clock;
  readonly #sessions = new Set<Session>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws LimitExceededException when the account has too many sessions in the region */
  open(request: LiveTailRequest): AsyncIterable<StartLiveTailResponseStream> {
    this.#dropEnded();
    const owner = scopeText(request.scope);
    const open = [...this.#sessions].filter((session) => scopeText(session.request.scope) === owner).length;
    if (open >= maxLiveTails) {
      throw new ApiError(
        'LimitExceededException',
        `No more than ${maxLiveTails} Live Tail sessions can be open at the same time.`,
      );
    }
    const session: Session = { request, endsMs: this.#clock.nowMs() + liveTailMs, events: [], sampled: false };
    this.#sessions.add(session);
    return this.#updates(session);
  }

  /** Offers stored events to the sessions. */
  publish(group: LogGroupRecord, streamName: string, batch: EventBatch): void {
    for (const session of this.#sessions) {
      const { groups, wantsStream, filter } = session.request;
      const logGroupIdentifier = groups.get(group.id);
      if (logGroupIdentifier === undefined || !wantsStream(streamName)) continue;
      for (const { timestampMs, message } of batch.events) {
        if (session.events.length >= maxUpdateEvents && session.sampled) break;
        if (!filter.matches(message)) continue;
        if (session.events.length >= maxUpdateEvents) session.sampled = true;
        else {
          const times = { timestamp: timestampMs, ingestionTime: batch.ingestionMs };
          session.events.push({ logGroupIdentifier, logStreamName: streamName, message, ...times });
        }
      }
    }
  }

  async *#updates(session: Session): AsyncGenerator<StartLiveTailResponseStream> {
    try {
      yield { sessionStart: session.request.start };
      while (this.#clock.nowMs() < session.endsMs) {
        await new Promise<void>((resolve) => this.#clock.after(liveTailUpdateMs, resolve));
        const { events, sampled } = session;
        session.events = [];
        session.sampled = false;
        yield { sessionUpdate: { sessionMetadata: { sampled }, sessionResults: events } };
      }
      yield {
        SessionTimeoutException: { message: 'The Live Tail session has been open for three hours and has ended.' },
      };
    } finally {
      this.#sessions.delete(session);
    }
  }

  /** A session whose reader never came back must not count for ever. */
  #dropEnded(): void {
    const nowMs = this.#clock.nowMs();
    for (const session of this.#sessions) if (session.endsMs <= nowMs) this.#sessions.delete(session);
  }
}
