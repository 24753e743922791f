import type { ServiceConnectConfiguration } from '../../../protocol/generated/ecs.ts';
import { invalidParameter, namespaceNotFound } from '../errors.ts';
import type { ConnectNamespaces, NamespaceFacts } from '../ports.ts';
import type { ClusterRecord } from '../records/cluster.ts';
import type { Scope } from '../records/scope.ts';
import type { RevisionConnect } from '../records/service-revision.ts';
import type { Definition } from '../task-definitions/definition.ts';
import { checkConnectPlace, refuseLaterConnect, servedPorts } from './rules.ts';

/**
 * Service Connect of a service, checked.
 * @returns undefined where it is off
 * @throws InvalidParameterException, NamespaceNotFoundException, UnsupportedFeatureException
 */
export function connectContent(
  given: ServiceConnectConfiguration | undefined,
  parts: {
    readonly namespaces: ConnectNamespaces;
    readonly scope: Scope;
    readonly cluster: ClusterRecord;
    readonly definition: Definition;
    readonly launchType: 'EC2' | 'FARGATE' | 'EXTERNAL';
  },
): RevisionConnect | undefined {
  if (given === undefined) return undefined;
  if (!given.enabled) {
    if ((given.services ?? []).length > 0)
      throw invalidParameter('Service Connect services cannot be specified when Service Connect is not enabled.');
    return undefined;
  }
  refuseLaterConnect(given);
  checkConnectPlace(parts.definition, parts.launchType);
  const namespace = namespaceOf(given, parts);
  return {
    configuration: { ...given, namespace: given.namespace ?? namespace.arn },
    namespaceArn: namespace.arn,
    ports: servedPorts(given.services ?? [], parts.definition, namespace.name),
  };
}

function namespaceOf(
  { namespace: named }: ServiceConnectConfiguration,
  { namespaces, scope, cluster }: Pick<Parameters<typeof connectContent>[1], 'namespaces' | 'scope' | 'cluster'>,
): NamespaceFacts {
  const wanted = named === undefined || named === '' ? cluster.serviceConnectNamespace : named;
  if (wanted === undefined)
    throw invalidParameter(
      `Service Connect needs a namespace: name one in serviceConnectConfiguration, or set a default for the cluster ${cluster.name}.`,
    );
  const found = namespaces.find(scope, wanted);
  if (found === undefined) throw namespaceNotFound(wanted);
  return found;
}
