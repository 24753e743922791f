import type { Action, LogsCore } from '../core.ts';
import { scopeOf } from '../core.ts';
import type { LogGroupRecord } from '../records/log-group.ts';
import { updateGroup } from '../update-group.ts';

export function deleteRetentionPolicy(core: LogsCore): Action<'DeleteRetentionPolicy'> {
  return async ({ logGroupName }, context) => {
    await updateGroup(core, scopeOf(context), logGroupName, withoutRetention);
    return {};
  };
}

function withoutRetention(group: LogGroupRecord): LogGroupRecord {
  const { retentionInDays: _retentionInDays, ...rest } = group;
  return rest;
}
