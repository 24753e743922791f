import { invalidInput, limitExceeded } from './errors.ts';
import { quotas } from './limits.ts';
import type { Tag } from './records/entities.ts';

interface GivenTag {
  readonly Key: string;
  readonly Value: string;
}

/** Tags after adding; keys that differ in case alone are the same. @throws InvalidInput, LimitExceeded */
export function addedTags(present: readonly Tag[], given: readonly GivenTag[] | undefined): readonly Tag[] {
  const byKey = new Map(present.map((tag) => [tag.key.toLowerCase(), tag]));
  const seen = new Set<string>();
  for (const { Key: key, Value: value } of given ?? []) {
    const lower = key.toLowerCase();
    if (lower.startsWith('aws:')) throw invalidInput(`The tag key '${key}' is reserved: keys cannot start with 'aws:'`);
    if (seen.has(lower))
      throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
    seen.add(lower);
    byKey.set(lower, { key, value });
  }
  if (byKey.size > quotas.tags)
    throw limitExceeded(`The number of tags has reached the maximum limit of ${quotas.tags}.`);
  return [...byKey.values()];
}

export function removedTags(present: readonly Tag[], keys: readonly string[]): readonly Tag[] {
  const lower = new Set(keys.map((key) => key.toLowerCase()));
  return present.filter(({ key }) => !lower.has(key.toLowerCase()));
}

export function shownTags(tags: readonly Tag[]): { readonly Key: string; readonly Value: string }[] {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }));
}
