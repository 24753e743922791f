import type { Action, LogsCore } from '../core.ts';
import { scopeOf } from '../core.ts';
import { removeTags } from '../tags.ts';
import { updateGroup } from '../update-group.ts';

export function untagLogGroup(core: LogsCore): Action<'UntagLogGroup'> {
  return async ({ logGroupName, tags }, context) => {
    await updateGroup(core, scopeOf(context), logGroupName, (row) => ({ ...row, tags: removeTags(row.tags, tags) }));
    return {};
  };
}
