import { ApiError } from '../../protocol/api/index.ts';
import type { Tag, TagSpecification } from '../../protocol/generated/ec2.ts';
import { invalidParameterValue, limitExceeded } from './errors.ts';
import { maxTagKey, maxTags, maxTagValue } from './limits.ts';
import type { Tagged } from './records/scope.ts';

type Tags = Tagged['tags'];
export type ResourceType = NonNullable<TagSpecification['ResourceType']>;

/** Tags as answers show them. */
export function tagList({ tags = {} }: { readonly tags?: Tags }): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** The tags that a request gives to the one thing that it makes. */
export function tagsFor(type: ResourceType, specifications: readonly TagSpecification[] | undefined): Tags {
  const [first, second] = specifications ?? [];
  if (first === undefined) return {};
  if (second !== undefined && second.ResourceType === first.ResourceType)
    throw invalidParameterValue(`Duplicate resource type '${first.ResourceType}' in TagSpecifications`);
  const other = specifications?.find(({ ResourceType }) => ResourceType !== type);
  if (other !== undefined)
    throw invalidParameterValue(`'${other.ResourceType}' is not a valid taggable resource type for this operation.`);
  return mergedTags({}, readTags(first.Tags));
}

/** Tags of a request, checked. */
export function readTags(given: readonly Tag[] | undefined): Tags {
  const read = new Map<string, string>();
  for (const { Key = '', Value = '' } of given ?? []) {
    checkKey(Key);
    if (Array.from(Value).length > maxTagValue)
      throw invalidParameterValue(`Tag value exceeds the maximum length of ${maxTagValue} characters`);
    if (read.has(Key)) throw invalidParameterValue(`Duplicate tag key '${Key}' specified.`);
    read.set(Key, Value);
  }
  return Object.fromEntries(read);
}

export function checkKey(key: string): void {
  if (key === '') throw new ApiError('InvalidParameterValue', 'Tag key cannot be empty');
  if (Array.from(key).length > maxTagKey)
    throw invalidParameterValue(`Tag key exceeds the maximum length of ${maxTagKey} characters`);
  if (key.toLowerCase().startsWith('aws:'))
    throw invalidParameterValue("Tag keys starting with 'aws:' are reserved for internal use");
}

/** @throws TagLimitExceeded */
export function mergedTags(present: Tags, added: Tags): Tags {
  const merged = new Map([...Object.entries(present), ...Object.entries(added)]);
  if (merged.size > maxTags) throw limitExceeded('TagLimitExceeded', 'Tags for a resource');
  return Object.fromEntries(merged);
}
