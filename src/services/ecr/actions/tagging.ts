import { actedOn, neededRepository, type EcrCore, type EcrHandler } from '../core.ts';
import { invalidParameter } from '../errors.ts';
import { repositories, repositoryKey, repositoryOfArn, type RepositoryRecord } from '../records/repository.ts';
import type { RequestContext } from '../../../protocol/api/index.ts';
import { addedTags } from '../tags.ts';

function tagged(core: EcrCore, context: RequestContext, action: string, arn: string): RepositoryRecord {
  const named = repositoryOfArn(arn);
  if (named === undefined || named.region !== context.region) {
    throw invalidParameter(
      `Invalid parameter at 'resourceArn' failed to satisfy constraint: '${arn}' is not the ARN of a repository of this Region'`,
    );
  }
  return actedOn(core, context, action, { repositoryName: named.name, registryId: named.account });
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_TagResource.html */
export function tagResource(core: EcrCore): EcrHandler<'TagResource'> {
  return async ({ resourceArn, tags }, context) => {
    const repository = tagged(core, context, 'ecr:TagResource', resourceArn);
    await core.db.transact((tx) => {
      const row = neededRepository(tx, repository, repository.name);
      tx.put(repositories, repositoryKey(row, row.name), { ...row, tags: addedTags(row.tags, tags) });
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UntagResource.html */
export function untagResource(core: EcrCore): EcrHandler<'UntagResource'> {
  return async ({ resourceArn, tagKeys }, context) => {
    const repository = tagged(core, context, 'ecr:UntagResource', resourceArn);
    await core.db.transact((tx) => {
      const row = neededRepository(tx, repository, repository.name);
      tx.put(repositories, repositoryKey(row, row.name), {
        ...row,
        tags: row.tags.filter(({ key }) => !tagKeys.includes(key)),
      });
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListTagsForResource.html */
export function listTagsForResource(core: EcrCore): EcrHandler<'ListTagsForResource'> {
  return ({ resourceArn }, context) => ({
    tags: tagged(core, context, 'ecr:ListTagsForResource', resourceArn).tags.map(({ key, value }) => ({
      Key: key,
      Value: value,
    })),
  });
}
