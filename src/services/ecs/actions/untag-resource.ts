import { findTagged } from '../attributes-and-tags/tagged.ts';
import { checkedTagKeys } from '../attributes-and-tags/tags.ts';
import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';

/** Keys that are not there are no error. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UntagResource.html */
export function untagResource({ db }: ClusterAndDefinitionDeps): EcsHandler<'UntagResource'> {
  return async (input, context) => {
    const keys = checkedTagKeys(input.tagKeys);
    await db.transact((tx) => {
      const tagged = findTagged(tx, scopeOf(context), input.resourceArn);
      tagged.replace(
        tx,
        tagged.tags.filter((tag) => !keys.has(tag.key)),
      );
    });
    return {};
  };
}
