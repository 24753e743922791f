import type { Action, LogsCore } from '../core.ts';
import { scopeOf } from '../core.ts';
import { invalidValue } from '../errors.ts';
import { retentionDays } from '../limits.ts';
import { updateGroup } from '../update-group.ts';

/** Events older than this are shown no more at once; their space is freed by and by. */
export function putRetentionPolicy(core: LogsCore): Action<'PutRetentionPolicy'> {
  return async ({ logGroupName, retentionInDays }, context) => {
    if (!retentionDays.includes(retentionInDays)) {
      const allowed = `Member must satisfy enum value set: [${retentionDays.join(', ')}]`;
      throw invalidValue('retentionInDays', String(retentionInDays), allowed);
    }
    await updateGroup(core, scopeOf(context), logGroupName, (row) => ({ ...row, retentionInDays }));
    return {};
  };
}
