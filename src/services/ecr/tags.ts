import { ApiError } from '../../protocol/api/index.ts';
import { maxTags } from './limits.ts';
import type { Tag } from './records/repository.ts';

/** Tags after adding; lengths were checked before. @throws InvalidTagParameterException, TooManyTagsException */
export function addedTags(
  present: readonly Tag[],
  given: readonly { readonly Key: string; readonly Value: string }[] = [],
): readonly Tag[] {
  const byKey = new Map(present.map((tag) => [tag.key, tag]));
  for (const { Key: key, Value: value } of given) {
    if (key.toLowerCase().startsWith('aws:')) {
      throw new ApiError(
        'InvalidTagParameterException',
        `The tag key '${key}' is reserved: keys cannot start with 'aws:'`,
      );
    }
    byKey.set(key, { key, value });
  }
  if (byKey.size > maxTags) throw new ApiError('TooManyTagsException', `A repository can have at most ${maxTags} tags`);
  return [...byKey.values()];
}
