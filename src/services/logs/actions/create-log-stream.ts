import type { Action, LogsCore } from '../core.ts';
import { scopeOf } from '../core.ts';
import { groupNotFound, invalidValue, streamExists } from '../errors.ts';
import { logGroupKey, logGroups } from '../records/log-group.ts';
import { logStreamKey, logStreams } from '../records/log-stream.ts';

export function createLogStream({ database, clock, ids }: LogsCore): Action<'CreateLogStream'> {
  return async ({ logGroupName, logStreamName: name }, context) => {
    // Half a character cannot be written as UTF-8, so it could not be told from another half.
    if (/\p{Surrogate}/u.test(name)) {
      throw invalidValue('logStreamName', name, 'Member must satisfy regular expression pattern: [^:*]*');
    }
    const scope = scopeOf(context);
    const id = ids.hex(16);
    await database.transact((tx) => {
      const group = tx.get(logGroups, logGroupKey(scope, logGroupName));
      if (group === undefined) throw groupNotFound();
      const key = logStreamKey(group, name);
      if (tx.get(logStreams, key) !== undefined) throw streamExists();
      const home = { ...scope, groupName: group.name, groupId: group.id };
      tx.create(logStreams, key, { ...home, name, id, createdAtMs: clock.nowMs(), active: false });
    });
    return {};
  };
}
