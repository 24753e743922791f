import { parseArn } from '../../../kernel/index.ts';
import type { ClusterServiceConnectDefaultsRequest } from '../../../protocol/generated/ecs.ts';
import type { Transaction } from '../../../store/index.ts';
import { invalidParameter, namespaceNotFound } from '../errors.ts';
import type { ConnectNamespaces } from '../ports.ts';
import type { ClusterRecord } from '../records/cluster.ts';
import type { Scope } from '../records/scope.ts';

const maxNameLength = 1024;

/**
 * The cluster's default namespace as a request says it: an ARN must lead to one, a name that is new becomes an HTTP namespace, an empty name means none.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ClusterServiceConnectDefaultsRequest.html
 * @throws InvalidParameterException, NamespaceNotFoundException
 */
export function defaultNamespace(
  tx: Transaction,
  namespaces: ConnectNamespaces,
  scope: Scope,
  { namespace }: ClusterServiceConnectDefaultsRequest,
): Pick<ClusterRecord, 'serviceConnectNamespace'> {
  if (namespace === '') return {};
  if (namespace.length > maxNameLength || !/^[!-~]+$/.test(namespace))
    throw invalidParameter(
      `The Service Connect namespace has up to ${maxNameLength} printable characters without spaces, but was ${namespace}`,
    );
  const found = namespaces.find(scope, namespace);
  if (found !== undefined) return { serviceConnectNamespace: found.arn };
  if (parseArn(namespace) !== undefined) throw namespaceNotFound(namespace);
  return { serviceConnectNamespace: namespaces.ensure(tx, scope, namespace).arn };
}
