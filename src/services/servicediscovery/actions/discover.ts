import { shuffled } from '../shuffled.ts';
import { scopeOf, type Input, type SdHandler, type ServiceDiscoveryDeps } from '../core.ts';
import { namespaceNotFound, notImplemented, serviceNotFound } from '../errors.ts';
import { discovered } from '../discovery.ts';
import type { InstanceRevisions } from '../instance-revisions.ts';
import { defaultDiscovered } from '../limits.ts';
import { instances, type InstanceRecord } from '../records/instance.ts';
import { namespaceName, namespaces, type NamespaceRecord } from '../records/namespace.ts';
import type { Scope } from '../records/scope.ts';
import { serviceName, services, type ServiceRecord } from '../records/service.ts';

export interface DiscoveryDeps extends ServiceDiscoveryDeps {
  readonly revisions: InstanceRevisions;
}

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_DiscoverInstances.html */
export function discoverInstances({ db, ids, revisions }: DiscoveryDeps): SdHandler<'DiscoverInstances'> {
  return (input, context) => {
    const { namespace, service } = named(db, scopeOf(context), input);
    const found = discovered(instancesOf(db, service), service.customHealth, {
      required: input.QueryParameters ?? {},
      optional: input.OptionalParameters ?? {},
      health: input.HealthStatus ?? 'ALL',
    });
    return {
      Instances: shuffled(found, ids)
        .slice(0, input.MaxResults ?? defaultDiscovered)
        .map(({ id, health, attributes }) => ({
          InstanceId: id,
          NamespaceName: namespace.name,
          ServiceName: service.name,
          HealthStatus: health ?? 'UNKNOWN',
          Attributes: attributes,
        })),
      InstancesRevision: revisions.of(service.id),
    };
  };
}

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_DiscoverInstancesRevision.html */
export function discoverInstancesRevision({ db, revisions }: DiscoveryDeps): SdHandler<'DiscoverInstancesRevision'> {
  return (input, context) => ({
    InstancesRevision: revisions.of(named(db, scopeOf(context), input).service.id),
  });
}

/**
 * By their names, in which case counts. Several namespaces may have one name (one a VPC, one for HTTP): the oldest that has such a service is meant.
 * @throws NamespaceNotFound, ServiceNotFound
 */
function named(
  db: ServiceDiscoveryDeps['db'],
  scope: Scope,
  input: Pick<Input<'DiscoverInstances'>, 'NamespaceName' | 'ServiceName' | 'OwnerAccount'>,
): { readonly namespace: NamespaceRecord; readonly service: ServiceRecord } {
  if (input.OwnerAccount !== undefined && input.OwnerAccount !== scope.account)
    throw notImplemented('OwnerAccount (namespaces that other accounts share)');
  let exists = false;
  const table = db.table(namespaces);
  for (const key of table.keys('name', namespaceName(scope, input.NamespaceName))) {
    const namespace = table.get(key)?.row;
    if (namespace === undefined) continue;
    exists = true;
    for (const serviceKey of db.table(services).keys('name', serviceName(namespace.id, input.ServiceName))) {
      const service = db.get(services, serviceKey)?.row;
      if (service !== undefined) return { namespace, service };
    }
  }
  throw exists ? serviceNotFound(input.ServiceName) : namespaceNotFound(input.NamespaceName);
}

function instancesOf(db: ServiceDiscoveryDeps['db'], { id }: ServiceRecord): readonly InstanceRecord[] {
  const table = db.table(instances);
  return [...table.keys('service', id)].flatMap((key) => table.get(key)?.row ?? []);
}
