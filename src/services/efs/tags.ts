import { badRequest } from './errors.ts';
import { maxTags } from './limits.ts';
import type { Tag } from './records/scope.ts';

interface GivenTag {
  readonly Key: string;
  readonly Value: string;
}

/** Tags after adding; characters and lengths were checked before. @throws BadRequest */
export function addedTags(present: readonly Tag[], given: readonly GivenTag[] = []): readonly Tag[] {
  const byKey = new Map(present.map((tag) => [tag.key, tag]));
  for (const { Key: key, Value: value } of given) byKey.set(key, { key, value });
  if (byKey.size > maxTags)
    throw badRequest(`A resource can have at most ${maxTags} tags, but would have ${byKey.size}.`);
  return [...byKey.values()];
}

export function removedTags(present: readonly Tag[], keys: readonly string[]): readonly Tag[] {
  return present.filter(({ key }) => !keys.includes(key));
}

export function shownTags(tags: readonly Tag[]): readonly GivenTag[] {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }));
}

/** AWS shows the tag `Name` as the resource's name too. */
export function nameOf(tags: readonly Tag[]): { readonly Name?: string } {
  const name = tags.find(({ key }) => key === 'Name')?.value;
  return name === undefined ? {} : { Name: name };
}
