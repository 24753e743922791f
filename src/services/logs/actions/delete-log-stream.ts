import type { Action, LogsCore } from '../core.ts';
import { findGroup, scopeOf } from '../core.ts';
import { streamNotFound } from '../errors.ts';
import { logStreamKey, logStreams, streamRef } from '../records/log-stream.ts';

export function deleteLogStream(core: LogsCore): Action<'DeleteLogStream'> {
  return async ({ logGroupName, logStreamName }, context) => {
    const key = logStreamKey(findGroup(core, scopeOf(context), logGroupName), logStreamName);
    const { result: stream } = await core.database.transact((tx) => {
      const row = tx.get(logStreams, key);
      if (row === undefined) throw streamNotFound();
      tx.delete(logStreams, key);
      return row;
    });
    core.activity.forget(key);
    await core.archive.deleteStream(streamRef(stream));
    return {};
  };
}
