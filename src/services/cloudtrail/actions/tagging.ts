import { ApiError } from '../../../protocol/api/index.ts';
import { changedTrail, neededTrail, presentRows, type CloudTrailCore, type CloudTrailHandler } from '../core.ts';
import { trailKey, trails } from '../records/trail.ts';
import { addedTags } from '../tags.ts';

const maxResources = 20;

export function addTags({ database }: CloudTrailCore): CloudTrailHandler<'AddTags'> {
  return async ({ ResourceId: arn, TagsList: given }, { account, region }) => {
    await database.transact((tx) => {
      const trail = changedTrail(tx, { account, region }, arn);
      tx.put(trails, trailKey(trail, trail.name), { ...trail, tags: addedTags(trail.tags, given) });
    });
    return {};
  };
}

/** A tag with a value is removed only when it has that value. */
export function removeTags({ database }: CloudTrailCore): CloudTrailHandler<'RemoveTags'> {
  return async ({ ResourceId: arn, TagsList: given }, { account, region }) => {
    await database.transact((tx) => {
      const trail = changedTrail(tx, { account, region }, arn);
      const tags = trail.tags.filter(
        ({ key, value }) => !given.some((tag) => tag.Key === key && (tag.Value === undefined || tag.Value === value)),
      );
      tx.put(trails, trailKey(trail, trail.name), { ...trail, tags });
    });
    return {};
  };
}

export function listTags({ database }: CloudTrailCore): CloudTrailHandler<'ListTags'> {
  return ({ ResourceIdList: arns }, { account, region }) => {
    if (arns.length > maxResources) {
      throw new ApiError('CloudTrailARNInvalidException', `Give at most ${maxResources} trails`);
    }
    const rows = presentRows(database);
    return {
      ResourceTagList: arns.map((arn) => ({
        ResourceId: arn,
        TagsList: neededTrail(rows, { account, region }, arn).tags.map(({ key, value }) => ({
          Key: key,
          Value: value,
        })),
      })),
    };
  };
}
