import { Unavailable } from '../../../kernel/index.ts';
import { ApiError } from '../../../protocol/api/index.ts';
import type { PutLogEventsResponse } from '../../../protocol/generated/logs.ts';
import type { Action, LogsCore } from '../core.ts';
import { findGroup, findStream, scopeOf } from '../core.ts';
import { streamNotFound } from '../errors.ts';
import { decidePut } from '../put-decision.ts';
import { formatPosition } from '../position-text.ts';
import { retainedFromMs } from '../records/log-group.ts';
import { logStreamKey, logStreams, streamRef } from '../records/log-stream.ts';

/**
 * Stores events; they are durable when answered. Sequence tokens are ignored and answered, as AWS does since 2023.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
 */
export function putLogEvents(core: LogsCore): Action<'PutLogEvents'> {
  return async ({ logGroupName, logStreamName, logEvents }, context): Promise<PutLogEventsResponse> => {
    const group = findGroup(core, scopeOf(context), logGroupName);
    const stream = findStream(core, group, logStreamName);
    const nowMs = core.clock.nowMs();
    const { events, rejected } = decidePut(logEvents, { nowMs, retainedFromMs: retainedFromMs(group, nowMs) });
    if (events.length > 0) {
      const key = logStreamKey(group, logStreamName);
      const batch = { ingestionMs: nowMs, events };
      await core.activity.storing(key, batch, () => append(core, key, stream.id, batch));
      core.liveTails.publish(group, logStreamName, batch);
    }
    const position = { timestampMs: nowMs, streamId: stream.id, sequence: events.length };
    return {
      nextSequenceToken: formatPosition(position),
      ...(rejected === undefined ? {} : { rejectedLogEventsInfo: rejected }),
    };
  };
}

async function append(
  core: LogsCore,
  key: string,
  streamId: string,
  batch: Parameters<LogsCore['archive']['append']>[1],
) {
  const row = core.database.get(logStreams, key)?.row;
  if (row?.id !== streamId) throw streamNotFound();
  try {
    await core.archive.append(streamRef(row), batch);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    throw new ApiError('ServiceUnavailableException', `The service cannot complete the request: ${error.message}`, {
      status: 500,
    });
  }
  // Deleted meanwhile: what was just written must not outlive the stream.
  if (core.database.get(logStreams, key)?.row.id === streamId) return;
  await core.archive.deleteStream(streamRef(row));
  throw streamNotFound();
}
