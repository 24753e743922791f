import { findTagged } from '../attributes-and-tags/tagged.ts';
import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { presentRows } from '../references.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTagsForResource.html */
export function listTagsForResource({ db }: ClusterAndDefinitionDeps): EcsHandler<'ListTagsForResource'> {
  return (input, context) => ({ tags: findTagged(presentRows(db), scopeOf(context), input.resourceArn).tags });
}
