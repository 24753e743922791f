import { changeAttributes } from '../attributes-and-tags/attribute-targets.ts';
import { checkedAttributes, withAttributes } from '../attributes-and-tags/attributes.ts';
import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutAttributes.html */
export function putAttributes({ db }: ClusterAndDefinitionDeps): EcsHandler<'PutAttributes'> {
  return async (input, context) => {
    const attributes = checkedAttributes(input.attributes);
    const request = { scope: scopeOf(context), cluster: input.cluster, attributes };
    return { attributes: await changeAttributes(db, request, withAttributes) };
  };
}
