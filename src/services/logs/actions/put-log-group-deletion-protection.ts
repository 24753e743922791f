import type { Action, LogsCore } from '../core.ts';
import { scopeOf } from '../core.ts';
import { groupNotFound } from '../errors.ts';
import { groupNameOf } from '../records/log-group.ts';
import { updateGroup } from '../update-group.ts';

export function putLogGroupDeletionProtection(core: LogsCore): Action<'PutLogGroupDeletionProtection'> {
  return async ({ logGroupIdentifier, deletionProtectionEnabled }, context) => {
    const name = groupNameOf(scopeOf(context), logGroupIdentifier);
    if (name === undefined) throw groupNotFound();
    await updateGroup(core, scopeOf(context), name, (row) => ({ ...row, deletionProtectionEnabled }));
    return {};
  };
}
