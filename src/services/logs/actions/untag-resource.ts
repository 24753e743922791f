import type { Action, LogsCore } from '../core.ts';
import { scopeOf } from '../core.ts';
import { removeTags } from '../tags.ts';
import { taggedGroup } from '../tagged-group.ts';
import { updateGroup } from '../update-group.ts';

export function untagResource(core: LogsCore): Action<'UntagResource'> {
  return async ({ resourceArn, tagKeys }, context) => {
    const scope = scopeOf(context);
    const { name } = taggedGroup(core, scope, resourceArn);
    await updateGroup(core, scope, name, (row) => ({ ...row, tags: removeTags(row.tags, tagKeys) }));
    return {};
  };
}
