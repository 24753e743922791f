import type { Action, LogsCore } from '../core.ts';
import { scopeOf } from '../core.ts';
import { addTags } from '../tags.ts';
import { taggedGroup } from '../tagged-group.ts';
import { updateGroup } from '../update-group.ts';

export function tagResource(core: LogsCore): Action<'TagResource'> {
  return async ({ resourceArn, tags }, context) => {
    const scope = scopeOf(context);
    const { name } = taggedGroup(core, scope, resourceArn);
    await updateGroup(core, scope, name, (row) => ({ ...row, tags: addTags(row.tags, tags, resourceArn) }));
    return {};
  };
}
