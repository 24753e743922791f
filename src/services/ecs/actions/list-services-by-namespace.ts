import { ApiError } from '../../../protocol/api/index.ts';
import { invalidParameter } from '../errors.ts';
import type { EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';

/**
 * Services can name a namespace once Service Connect exists; until then no namespace exists either.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServicesByNamespace.html
 */
export function listServicesByNamespace(): EcsHandler<'ListServicesByNamespace'> {
  return (input) => {
    if (input.namespace === '') throw invalidParameter('Namespace cannot be empty.');
    throw new ApiError('NamespaceNotFoundException', `The specified namespace was not found: ${input.namespace}`);
  };
}
