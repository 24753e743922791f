import { ApiError } from '../../protocol/api/index.ts';
import { maxTags } from './limits.ts';
import type { Tag } from './records/certificate.ts';

interface GivenTag {
  readonly Key: string;
  readonly Value?: string | undefined;
}

/** Tags after adding; characters and lengths were checked before. @throws InvalidTagException, TooManyTagsException */
export function addedTags(present: readonly Tag[], given: readonly GivenTag[] | undefined): readonly Tag[] {
  const byKey = new Map(present.map((tag) => [tag.key, tag]));
  for (const { Key: key, Value: value = '' } of given ?? []) {
    if (key.toLowerCase().startsWith('aws:')) {
      throw new ApiError('InvalidTagException', `The tag key '${key}' is reserved: keys cannot start with 'aws:'`);
    }
    byKey.set(key, { key, value });
  }
  if (byKey.size > maxTags) {
    throw new ApiError('TooManyTagsException', `A certificate can have at most ${maxTags} tags`);
  }
  return [...byKey.values()];
}

/** A tag with a value is removed only when it has that value. */
export function removedTags(present: readonly Tag[], given: readonly GivenTag[]): readonly Tag[] {
  return present.filter(
    ({ key, value }) => !given.some((tag) => tag.Key === key && (tag.Value === undefined || tag.Value === value)),
  );
}
