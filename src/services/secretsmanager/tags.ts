import { invalidParameter, limitExceeded } from './errors.ts';
import { maxTags } from './limits.ts';
import type { Tag } from './records/secret.ts';

interface GivenTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** Tags after adding. @throws InvalidParameterException, LimitExceededException */
export function addedTags(present: readonly Tag[], given: readonly GivenTag[] | undefined): readonly Tag[] {
  const byKey = new Map(present.map((tag) => [tag.key, tag]));
  for (const { Key: key = '', Value: value = '' } of given ?? []) {
    if (key === '') throw invalidParameter('A tag needs a key');
    if (key.toLowerCase().startsWith('aws:'))
      throw invalidParameter(`The tag key '${key}' is reserved: keys cannot start with 'aws:'`);
    byKey.set(key, { key, value });
  }
  if (byKey.size > maxTags) throw limitExceeded(`A secret can have at most ${maxTags} tags`);
  return [...byKey.values()];
}

export function shownTags(tags: readonly Tag[]): { Key: string; Value: string }[] {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }));
}
