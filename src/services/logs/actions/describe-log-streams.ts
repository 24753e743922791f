import type { LogStream } from '../../../protocol/generated/logs.ts';
import type { Action, LogsCore } from '../core.ts';
import { findNamedGroup, scopeOf } from '../core.ts';
import { invalidParameter } from '../errors.ts';
import { maxDescribed } from '../limits.ts';
import { formatNameToken, parseNameToken } from '../name-token.ts';
import { formatPosition } from '../position-text.ts';
import type { LogGroupRecord } from '../records/log-group.ts';
import { logStreamArn, logStreamKey, logStreams } from '../records/log-stream.ts';
import type { LogStreamRecord } from '../records/log-stream.ts';
import { pageOf } from '../sorted-index.ts';
import type { SortedPosition } from '../sorted-index.ts';

/** Streams by name or by the time of their last event, which follows events within seconds. */
export function describeLogStreams(core: LogsCore): Action<'DescribeLogStreams'> {
  return (input, context) => {
    const group = findNamedGroup(core, scopeOf(context), input);
    const { logStreamNamePrefix: prefix, orderBy = 'LogStreamName', descending = false, nextToken } = input;
    if (orderBy === 'LastEventTime' && prefix !== undefined) {
      throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.');
    }
    const byName = orderBy === 'LogStreamName';
    const after = nextToken === undefined ? undefined : parseNameToken(nextToken);
    const from = after ?? startOf(prefix, descending);
    const page = pageOf((byName ? core.streamsByName : core.streamsByTime).list(group.id), {
      ...(from === undefined ? {} : { from }),
      beyond: after !== undefined,
      descending,
      limit: input.limit ?? maxDescribed,
      stop: ({ name }) => prefix !== undefined && !name.startsWith(prefix),
    });
    const last = page.entries.at(-1);
    return {
      logStreams: page.entries.flatMap(({ name }) => describe(core, group, name)),
      ...(page.more && last !== undefined ? { nextToken: formatNameToken(last) } : {}),
    };
  };
}

/** Where names with a prefix begin; from above, the first name after all of them. */
function startOf(prefix: string | undefined, descending: boolean): SortedPosition | undefined {
  if (prefix === undefined) return undefined;
  return { rank: 0, name: descending ? `${prefix}\uffff` : prefix };
}

function describe(core: LogsCore, group: LogGroupRecord, name: string): LogStream[] {
  const key = logStreamKey(group, name);
  const found = core.database.get(logStreams, key);
  return found === undefined ? [] : [shape(core.activity.latest(key, found.row))];
}

function shape(row: LogStreamRecord): LogStream {
  const { firstEventMs, lastEventMs, lastIngestionMs } = row;
  const position = { timestampMs: lastEventMs ?? row.createdAtMs, streamId: row.id, sequence: 0 };
  return {
    logStreamName: row.name,
    creationTime: row.createdAtMs,
    ...(firstEventMs === undefined ? {} : { firstEventTimestamp: firstEventMs }),
    ...(lastEventMs === undefined ? {} : { lastEventTimestamp: lastEventMs }),
    ...(lastIngestionMs === undefined ? {} : { lastIngestionTime: lastIngestionMs }),
    uploadSequenceToken: formatPosition(position),
    arn: logStreamArn(row, row.groupName, row.name),
    // AWS reports 0 for streams since 2019; the group has the figure.
    storedBytes: 0,
  };
}
