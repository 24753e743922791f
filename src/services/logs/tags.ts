import { ApiError } from '../../protocol/api/index.ts';
import { invalidParameter, invalidValue } from './errors.ts';
import { maxTags } from './limits.ts';

type Tags = Readonly<Record<string, string>>;

const keyShape = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const valueShape = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

/** @throws InvalidParameterException for keys and values AWS does not take */
export function checkTags(tags: Tags): void {
  for (const [key, value] of Object.entries(tags)) {
    if (!keyShape.test(key)) {
      throw invalidValue(
        'tags',
        key,
        `Map keys must satisfy constraint: [Member must satisfy regular expression pattern: ${keyShape.source}]`,
      );
    }
    if (!valueShape.test(value)) {
      throw invalidValue(
        'tags',
        value,
        `Map value must satisfy constraint: [Member must satisfy regular expression pattern: ${valueShape.source}]`,
      );
    }
    if (key.toLowerCase().startsWith('aws:')) {
      throw invalidParameter(`Tag keys starting with 'aws:' are reserved for system use: '${key}'`);
    }
  }
}

/** @throws TooManyTagsException */
export function addTags(present: Tags, added: Tags, resourceName: string): Tags {
  checkTags(added);
  const tags = { ...present, ...added };
  if (Object.keys(tags).length > maxTags) {
    const members = { resourceName };
    throw new ApiError('TooManyTagsException', `A resource can have no more than ${maxTags} tags.`, { members });
  }
  return tags;
}

export function removeTags(present: Tags, keys: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(present).filter(([key]) => !keys.includes(key)));
}
