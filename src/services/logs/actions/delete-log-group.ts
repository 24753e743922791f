import { ApiError } from '../../../protocol/api/index.ts';
import type { Action, LogsCore } from '../core.ts';
import { scopeOf } from '../core.ts';
import { groupNotFound } from '../errors.ts';
import { purgeGroup } from '../purge.ts';
import { logGroupKey, logGroups } from '../records/log-group.ts';

/** The group is gone with the first transaction; its streams and events follow before the answer. */
export function deleteLogGroup(core: LogsCore): Action<'DeleteLogGroup'> {
  return async ({ logGroupName }, context) => {
    const key = logGroupKey(scopeOf(context), logGroupName);
    const { result: group } = await core.database.transact((tx) => {
      const row = tx.get(logGroups, key);
      if (row === undefined) throw groupNotFound();
      if (row.deletionProtectionEnabled) {
        throw new ApiError('ValidationException', `The log group ${logGroupName} has deletion protection enabled.`);
      }
      tx.delete(logGroups, key);
      return row;
    });
    await purgeGroup(core, group.id);
    return {};
  };
}
