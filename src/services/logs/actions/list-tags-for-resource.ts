import type { Action, LogsCore } from '../core.ts';
import { scopeOf } from '../core.ts';
import { taggedGroup } from '../tagged-group.ts';

export function listTagsForResource(core: LogsCore): Action<'ListTagsForResource'> {
  return ({ resourceArn }, context) => ({ tags: taggedGroup(core, scopeOf(context), resourceArn).tags });
}
