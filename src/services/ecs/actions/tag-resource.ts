import { findTagged } from '../attributes-and-tags/tagged.ts';
import { checkedTags, mergedTags } from '../attributes-and-tags/tags.ts';
import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TagResource.html */
export function tagResource({ db }: ClusterAndDefinitionDeps): EcsHandler<'TagResource'> {
  return async (input, context) => {
    const added = checkedTags(input.tags);
    await db.transact((tx) => {
      const tagged = findTagged(tx, scopeOf(context), input.resourceArn);
      tagged.replace(tx, mergedTags(tagged.tags, added));
    });
    return {};
  };
}
