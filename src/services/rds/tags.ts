import { invalidValue } from './errors.ts';
import { maxTags } from './limits.ts';
import type { Tag } from './records/scope.ts';

interface GivenTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

export function tagPairs(given: readonly GivenTag[] = []): readonly Tag[] {
  return given.map(({ Key: key = '', Value: value = '' }) => ({ key, value }));
}

/** Tags after adding. @throws InvalidParameterValue */
export function addedTags(present: readonly Tag[], given: readonly GivenTag[] = []): readonly Tag[] {
  const byKey = new Map(present.map((tag) => [tag.key, tag]));
  for (const tag of tagPairs(given)) {
    if (tag.key === '') throw invalidValue('A tag must have a key.');
    if (tag.key.toLowerCase().startsWith('aws:'))
      throw invalidValue(`The tag key '${tag.key}' is not valid: keys that begin with aws: are reserved.`);
    byKey.set(tag.key, tag);
  }
  if (byKey.size > maxTags)
    throw invalidValue(`A resource can have at most ${maxTags} tags, but would have ${byKey.size}.`);
  return [...byKey.values()];
}

export function removedTags(present: readonly Tag[], keys: readonly string[]): readonly Tag[] {
  return present.filter(({ key }) => !keys.includes(key));
}

export function shownTags(tags: readonly Tag[]): readonly { readonly Key: string; readonly Value: string }[] {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }));
}
