import type { Action, LogsCore } from '../core.ts';
import { scopeOf } from '../core.ts';
import { updateGroup } from '../update-group.ts';

export function deleteRetentionPolicy(core: LogsCore): Action<'DeleteRetentionPolicy'> {
  return async ({ logGroupName }, context) => {
    await updateGroup(core, scopeOf(context), logGroupName, ({ retentionInDays: _, ...row }) => row);
    return {};
  };
}
