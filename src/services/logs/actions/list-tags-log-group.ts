import type { Action, LogsCore } from '../core.ts';
import { findGroup, scopeOf } from '../core.ts';

export function listTagsLogGroup(core: LogsCore): Action<'ListTagsLogGroup'> {
  return ({ logGroupName }, context) => ({ tags: findGroup(core, scopeOf(context), logGroupName).tags });
}
