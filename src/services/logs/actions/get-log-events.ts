import type { Action, LogsCore } from '../core.ts';
import { findNamedGroup, findStream, scopeOf } from '../core.ts';
import { invalidToken } from '../errors.ts';
import { maxPageBytes, maxPageEvents } from '../limits.ts';
import type { Position, ReadRequest } from '../ports.ts';
import { formatPosition, parsePosition } from '../position-text.ts';
import { retainedFromMs } from '../records/log-group.ts';
import type { LogStreamRecord } from '../records/log-stream.ts';

/** A time after every event. */
const endOfTimeMs = 99_999_999_999_999;

/**
 * Events of one stream, always oldest first within a page. Tokens stand for a place in the stream: following one that leads
 * nowhere yet answers the same token again.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
 */
export function getLogEvents(core: LogsCore): Action<'GetLogEvents'> {
  return async (input, context) => {
    const group = findNamedGroup(core, scopeOf(context), input);
    const stream = findStream(core, group, input.logStreamName);
    const startMs = Math.max(input.startTime ?? 0, retainedFromMs(group, core.clock.nowMs()));
    const endMs = input.endTime ?? endOfTimeMs;
    const token = input.nextToken === undefined ? undefined : parseToken(input.nextToken, stream);
    const forward = token?.forward ?? input.startFromHead ?? false;
    const request: ReadRequest = {
      groupId: group.id,
      streamIds: [stream.id],
      direction: forward ? 'forward' : 'backward',
      ...(token === undefined ? {} : { after: lastPassed(token.gap, forward) }),
      startMs,
      endMs,
      maxEvents: input.limit ?? maxPageEvents,
      maxBytes: maxPageBytes,
    };
    const { events } = await core.archive.read(request);
    const ordered = forward ? events : [...events].reverse();
    // Where there is nothing, both tokens stay at the place that was asked for, or at the start of the range.
    const nowhere = token?.gap ?? { timestampMs: Math.max(0, startMs), streamId: stream.id, sequence: 0 };
    return {
      events: ordered.map(({ timestampMs, message, ingestionMs }) => ({
        timestamp: timestampMs,
        message,
        ingestionTime: ingestionMs,
      })),
      nextForwardToken: formatToken('f', gapAfter(ordered.at(-1)) ?? nowhere),
      nextBackwardToken: formatToken('b', ordered[0] ?? nowhere),
    };
  };
}

// A token holds a gap: the place before the event of that position, so 0 is before every event of its millisecond.

function gapAfter(event: Position | undefined): Position | undefined {
  return event === undefined ? undefined : { ...event, sequence: event.sequence + 1 };
}

/** The position just behind a reader that stands in a gap, looking in its direction. */
function lastPassed(gap: Position, forward: boolean): Position {
  return forward ? { ...gap, sequence: gap.sequence - 1 } : gap;
}

function formatToken(direction: 'f' | 'b', gap: Position): string {
  return `${direction}/${formatPosition(gap)}/s`;
}

function parseToken(text: string, stream: LogStreamRecord): { forward: boolean; gap: Position } {
  const match = /^([fb])\/(\d+)\/s$/.exec(text);
  const gap = parsePosition(match?.[2] ?? '');
  if (match === null || gap?.streamId !== stream.id) throw invalidToken();
  return { forward: match[1] === 'f', gap };
}
