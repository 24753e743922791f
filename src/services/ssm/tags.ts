import { ApiError } from '../../protocol/api/index.ts';
import { validationException } from './errors.ts';
import { maxTags } from './limits.ts';
import type { Tag } from './records/parameter.ts';

/** Tags after adding; characters and lengths were checked before. @throws TooManyTagsError, ValidationException */
export function addedTags(
  present: readonly Tag[],
  given: readonly { readonly Key: string; readonly Value: string }[] | undefined,
): readonly Tag[] {
  const byKey = new Map(present.map((tag) => [tag.key, tag]));
  for (const { Key: key, Value: value } of given ?? []) {
    if (key.toLowerCase().startsWith('aws:'))
      throw validationException(`The tag key '${key}' is reserved: keys cannot start with 'aws:'`);
    byKey.set(key, { key, value });
  }
  if (byKey.size > maxTags) throw new ApiError('TooManyTagsError', `A parameter can have at most ${maxTags} tags`);
  return [...byKey.values()];
}
