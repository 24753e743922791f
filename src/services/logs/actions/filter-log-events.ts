import type { Action, LogsCore } from '../core.ts';
import { findNamedGroup, findStream, scopeOf } from '../core.ts';
import { invalidParameter, invalidToken } from '../errors.ts';
import { compileClientFilter } from '../filter-input.ts';
import { maxPageEvents } from '../limits.ts';
import type { Position } from '../ports.ts';
import { formatPosition, parsePosition } from '../position-text.ts';
import { retainedFromMs } from '../records/log-group.ts';
import type { LogGroupRecord } from '../records/log-group.ts';
import { logStreams } from '../records/log-stream.ts';
import { search } from '../search.ts';
import { firstNotBefore } from '../sorted-index.ts';

type Input = Parameters<Action<'FilterLogEvents'>>[0];

/** A time after every event. */
const endOfTimeMs = 99_999_999_999_999;
/** Searching from the end asks for a start on or after this, as AWS does: 2024-01-01. */
const earliestBackwardMs = 1_704_067_200_000;

/**
 * Events of several streams in one order, filtered. A page may be empty and still have a token, when much was searched.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
 */
export function filterLogEvents(core: LogsCore): Action<'FilterLogEvents'> {
  return async (input, context) => {
    const group = findNamedGroup(core, scopeOf(context), input);
    const { logStreamNames, logStreamNamePrefix, startTime, endTime } = input;
    if (logStreamNames !== undefined && logStreamNamePrefix !== undefined) {
      throw invalidParameter('logStreamNamePrefix and logStreamNames are mutually exclusive parameters.');
    }
    const filter = compileClientFilter(input.filterPattern);
    const { after, forward } = placeOf(input);
    const startMs = Math.max(startTime ?? 0, retainedFromMs(group, core.clock.nowMs()));
    const streams = streamsOf(core, group, { startMs, names: logStreamNames, prefix: logStreamNamePrefix });
    const { events, next } = await search(core, {
      groupId: group.id,
      streamIds: [...streams.keys()],
      direction: forward ? 'forward' : 'backward',
      ...(after === undefined ? {} : { after }),
      startMs,
      endMs: endTime === undefined ? endOfTimeMs : endTime + 1,
      filter,
      limit: input.limit ?? maxPageEvents,
    });
    return {
      events: events.map((event) => ({
        logStreamName: streams.get(event.streamId) ?? '',
        timestamp: event.timestampMs,
        message: event.message,
        ingestionTime: event.ingestionMs,
        eventId: formatPosition(event),
      })),
      // AWS fills this no more since 2020.
      searchedLogStreams: [],
      ...(next === undefined ? {} : { nextToken: `${forward ? 'f' : 'b'}/${formatPosition(next)}` }),
    };
  };
}

interface Wanted {
  readonly startMs: number;
  readonly names: readonly string[] | undefined;
  readonly prefix: string | undefined;
}

/** Ids and names of the streams that may hold events since `startMs`: without names, only those are looked at that are recent enough. */
function streamsOf(core: LogsCore, group: LogGroupRecord, wanted: Wanted): ReadonlyMap<string, string> {
  if (wanted.names !== undefined) {
    return new Map(wanted.names.map((name) => [findStream(core, group, name).id, name]));
  }
  const matches = (name: string): boolean => wanted.prefix === undefined || name.startsWith(wanted.prefix);
  const streams = new Map<string, string>();
  const byTime = core.streamsByTime.list(group.id);
  for (const { id, name } of byTime.slice(firstNotBefore(byTime, { rank: Math.max(1, wanted.startMs), name: '' }))) {
    if (matches(name)) streams.set(id, name);
  }
  const table = core.database.table(logStreams);
  for (const key of table.keys('activeInGroup', group.id)) {
    const row = table.get(key)?.row;
    if (row !== undefined && matches(row.name)) streams.set(row.id, row.name);
  }
  return streams;
}

/** Where to go on and in which direction: the token says both, without one the request. */
function placeOf({ nextToken, startFromHead = true, startTime = 0 }: Input): { after?: Position; forward: boolean } {
  if (nextToken !== undefined) {
    const after = parsePosition(nextToken.slice(2));
    if (!/^[fb]\//.test(nextToken) || after === undefined) throw invalidToken();
    return { after, forward: nextToken.startsWith('f') };
  }
  if (!startFromHead && startTime < earliestBackwardMs) {
    throw invalidParameter('startFromHead can be false only when startTime is on or after Jan 1, 2024 00:00:00 UTC.');
  }
  return { forward: startFromHead };
}
