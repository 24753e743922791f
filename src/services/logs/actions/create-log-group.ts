import type { Action, LogsCore } from '../core.ts';
import { scopeOf } from '../core.ts';
import { groupExists, notImplemented } from '../errors.ts';
import { logGroupKey, logGroups } from '../records/log-group.ts';
import { checkTags } from '../tags.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html */
export function createLogGroup({ database, clock, ids }: LogsCore): Action<'CreateLogGroup'> {
  return async (input, context) => {
    const { logGroupName: name, kmsKeyId, logGroupClass = 'STANDARD', tags = {} } = input;
    if (kmsKeyId !== undefined) throw notImplemented('kmsKeyId');
    if (logGroupClass !== 'STANDARD') throw notImplemented(`logGroupClass ${logGroupClass}`);
    checkTags(tags);
    const scope = scopeOf(context);
    const key = logGroupKey(scope, name);
    const id = ids.hex(16);
    await database.transact((tx) => {
      if (tx.get(logGroups, key) !== undefined) throw groupExists();
      tx.create(logGroups, key, {
        ...scope,
        name,
        id,
        createdAtMs: clock.nowMs(),
        deletionProtectionEnabled: input.deletionProtectionEnabled ?? false,
        tags,
      });
    });
    return {};
  };
}
