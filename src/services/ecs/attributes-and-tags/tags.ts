import { invalidParameter } from '../errors.ts';
import { maxTagKeyLength, maxTags, maxTagValueLength } from '../limits.ts';
import type { Tag } from '../records/scope.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html */
const tagCharacters = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const reservedPrefix = /^aws:/i;

interface GivenTag {
  readonly key?: string | undefined;
  readonly value?: string | undefined;
}

/**
 * The tags of a create, run or tag request, checked; a missing value becomes the empty string, as ECS stores it.
 * @throws InvalidParameterException for more than 50, a key twice, an `aws:` prefix, or wrong lengths or characters
 */
export function checkedTags(given: readonly GivenTag[] | undefined): readonly Tag[] {
  const tags = (given ?? []).map((tag) => checkedTag(tag));
  if (tags.length > maxTags) throw tooManyTags();
  const keys = new Set(tags.map((tag) => tag.key));
  if (keys.size !== tags.length) throw invalidParameter('Duplicate tag keys are not allowed');
  return tags;
}

/** Tags after TagResource: `added` replace tags of the same key. @throws InvalidParameterException above 50 */
export function mergedTags(present: readonly Tag[], added: readonly Tag[]): readonly Tag[] {
  const byKey = new Map(present.map((tag) => [tag.key, tag]));
  for (const tag of added) byKey.set(tag.key, tag);
  if (byKey.size > maxTags) throw tooManyTags();
  return [...byKey.values()];
}

function tooManyTags(): Error {
  return invalidParameter(`The maximum number of tags allowed on a resource is ${maxTags}`);
}

function checkedTag({ key, value = '' }: GivenTag): Tag {
  if (key === undefined || key === '') throw invalidParameter('Tag key can not be null or empty');
  if (reservedPrefix.test(key)) {
    throw invalidParameter(`Invalid tag key '${key}'. Tag keys starting with 'aws:' are reserved for system use`);
  }
  if (Array.from(key).length > maxTagKeyLength || !tagCharacters.test(key)) {
    throw invalidParameter(
      `Tag key '${key}' is invalid. Keys have 1 to ${maxTagKeyLength} characters: letters, numbers, spaces and _ . : / = + - @`,
    );
  }
  if (Array.from(value).length > maxTagValueLength || !tagCharacters.test(value)) {
    throw invalidParameter(
      `Value of tag '${key}' is invalid. Values have at most ${maxTagValueLength} characters: letters, numbers, spaces and _ . : / = + - @`,
    );
  }
  return { key, value };
}

/** The keys of an untag request. @throws InvalidParameterException for empty and `aws:` keys, and more than 50 */
export function checkedTagKeys(given: readonly string[]): ReadonlySet<string> {
  if (given.length > maxTags) throw tooManyTags();
  for (const key of given) checkedTag({ key });
  return new Set(given);
}
