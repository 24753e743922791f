import { ApiError } from '../../../protocol/api/index.ts';
import type { Action, LogsCore } from '../core.ts';
import { scopeOf } from '../core.ts';
import { invalidParameter } from '../errors.ts';
import { addTags } from '../tags.ts';
import { updateGroup } from '../update-group.ts';

/** The older way to tag; it has no error of its own for too many tags. */
export function tagLogGroup(core: LogsCore): Action<'TagLogGroup'> {
  return async ({ logGroupName, tags }, context) => {
    await updateGroup(core, scopeOf(context), logGroupName, (row) => {
      try {
        return { ...row, tags: addTags(row.tags, tags, logGroupName) };
      } catch (error) {
        const tooMany = error instanceof ApiError && error.code === 'TooManyTagsException';
        throw tooMany ? invalidParameter(error.message) : error;
      }
    });
    return {};
  };
}
