import { ApiError } from '../../protocol/api/index.ts';
import { maxTags } from './limits.ts';
import type { Tag } from './records/trail.ts';

interface GivenTag {
  readonly Key: string;
  readonly Value?: string | undefined;
}

export function tagPairs(given: readonly GivenTag[] = []): readonly Tag[] {
  return given.map(({ Key: key, Value: value = '' }) => ({ key, value }));
}

/** @throws InvalidTagParameterException, TagsLimitExceededException */
export function addedTags(present: readonly Tag[], given: readonly GivenTag[] | undefined): readonly Tag[] {
  const byKey = new Map(present.map((tag) => [tag.key, tag]));
  for (const { key, value } of tagPairs(given)) {
    if (key === '' || key.length > 128 || value.length > 256 || key.toLowerCase().startsWith('aws:')) {
      throw new ApiError('InvalidTagParameterException', `The tag '${key}' is not valid`);
    }
    byKey.set(key, { key, value });
  }
  if (byKey.size > maxTags)
    throw new ApiError('TagsLimitExceededException', `A trail can have at most ${maxTags} tags`);
  return [...byKey.values()];
}
