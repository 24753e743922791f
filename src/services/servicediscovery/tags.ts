import { ApiError } from '../../protocol/api/index.ts';
import { invalidInput } from './errors.ts';
import { maxTags } from './limits.ts';
import type { Tag } from './records/scope.ts';

/** Tags after adding; lengths were checked before. @throws TooManyTagsException, InvalidInput */
export function addedTags(
  present: readonly Tag[],
  given: readonly { readonly Key: string; readonly Value: string }[] | undefined,
): readonly Tag[] {
  const byKey = new Map(present.map((tag) => [tag.key, tag]));
  for (const { Key: key, Value: value } of given ?? []) {
    if (key.toLowerCase().startsWith('aws:'))
      throw invalidInput(`The tag key '${key}' is reserved: keys cannot start with 'aws:'`);
    byKey.set(key, { key, value });
  }
  if (byKey.size > maxTags)
    throw new ApiError(
      'TooManyTagsException',
      `A resource can have at most ${maxTags} tags, but would have ${byKey.size}`,
    );
  return [...byKey.values()];
}
