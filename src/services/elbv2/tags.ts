import { ApiError } from '../../protocol/api/index.ts';
import { tooMany, validationError } from './errors.ts';
import { maxTags } from './limits.ts';
import type { Tag } from './records/scope.ts';

interface GivenTag {
  readonly Key: string;
  readonly Value?: string | undefined;
}

/**
 * The tags of a request; their characters and lengths were checked before. A missing value becomes the empty string.
 * @throws DuplicateTagKeys, TooManyTags, ValidationError for AWS's own prefix
 */
export function checkedTags(given: readonly GivenTag[] | undefined): readonly Tag[] {
  const tags = (given ?? []).map(({ Key, Value }) => ({ key: Key, value: Value ?? '' }));
  if (new Set(tags.map(({ key }) => key)).size !== tags.length) {
    throw new ApiError('DuplicateTagKeys', 'A tag key was specified more than once');
  }
  const reserved = tags.find(({ key }) => key.toLowerCase().startsWith('aws:'));
  if (reserved !== undefined) {
    throw validationError(
      `Tag key '${reserved.key}' is not valid: keys that start with 'aws:' are reserved for system use`,
    );
  }
  if (tags.length > maxTags) throw tooManyTags();
  return tags;
}

/** Tags after AddTags. @throws TooManyTags */
export function mergedTags(present: readonly Tag[], added: readonly Tag[]): readonly Tag[] {
  const byKey = new Map(present.map((tag) => [tag.key, tag]));
  for (const tag of added) byKey.set(tag.key, tag);
  if (byKey.size > maxTags) throw tooManyTags();
  return [...byKey.values()];
}

export function withoutTags(present: readonly Tag[], keys: readonly string[]): readonly Tag[] {
  return present.filter(({ key }) => !keys.includes(key));
}

function tooManyTags(): ApiError {
  return tooMany('Tags', `A resource can have no more than ${maxTags} tags`);
}
