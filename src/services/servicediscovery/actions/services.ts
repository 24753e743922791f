import {
  neededNamespace,
  neededService,
  pageOf,
  present,
  presentRows,
  scopeOf,
  type SdHandler,
  type ServiceDiscoveryDeps,
} from '../core.ts';
import { describedService, summarizedService } from '../described-service.ts';
import { invalidInput, notImplemented, resourceInUse } from '../errors.ts';
import { compiledFilters, type FilterKind } from '../filters.ts';
import { recordOperation } from '../operation-log.ts';
import { instances } from '../records/instance.ts';
import { namespaceKey, namespaces, takenNameKey, takenNames } from '../records/namespace.ts';
import { scopeText } from '../records/scope.ts';
import { serviceKey, services, type ServiceRecord } from '../records/service.ts';
import { changedDns } from '../service-rules.ts';

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_GetService.html */
export function getService({ db }: ServiceDiscoveryDeps): SdHandler<'GetService'> {
  return (input, context) => ({
    Service: describedService(db, neededService(presentRows(db), scopeOf(context), input.Id)),
  });
}

const kinds: Readonly<Record<string, FilterKind<ServiceRecord>>> = {
  NAMESPACE_ID: { conditions: ['EQ', 'IN'], valueOf: ({ namespaceId }) => namespaceId },
  RESOURCE_OWNER: { conditions: ['EQ'], valueOf: () => 'SELF' },
};

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_ListServices.html */
export function listServices({ db }: ServiceDiscoveryDeps): SdHandler<'ListServices'> {
  return (input, context) => {
    const fits = compiledFilters(input.Filters, kinds);
    const page = pageOf((request) => db.table(services).page('scope', scopeText(scopeOf(context)), request), input);
    return {
      Services: page.rows
        .map(({ row }) => row)
        .filter(fits)
        .map((row) => summarizedService(db, row)),
      ...present({ NextToken: page.next }),
    };
  };
}

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_UpdateService.html */
export function updateService(deps: ServiceDiscoveryDeps): SdHandler<'UpdateService'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const { Description: description, DnsConfig: dns, HealthCheckConfig: health } = input.Service;
    if (health !== undefined) throw notImplemented('HealthCheckConfig (Route 53 health checks)');
    if (description === undefined && dns === undefined)
      throw invalidInput('The update changes nothing: give a Description or a DnsConfig.');
    const { result } = await deps.db.transact((tx) => {
      const row = neededService(tx, scope, input.Id);
      const next = {
        ...row,
        ...present({ description, dns: dns === undefined ? undefined : changedDns(row.dns, dns) }),
      };
      tx.put(services, serviceKey(row, row.id), next);
      return recordOperation(tx, deps, scope, { type: 'UPDATE_SERVICE', targets: { SERVICE: row.id } });
    });
    return { OperationId: result };
  };
}

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_DeleteService.html */
export function deleteService({ db }: ServiceDiscoveryDeps): SdHandler<'DeleteService'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    await db.transact((tx) => {
      const row = neededService(tx, scope, input.Id);
      // One that is registered at this very moment goes with its service: see left-instances.ts.
      if (db.table(instances).count('service', row.id) > 0)
        throw resourceInUse('Service contains registered instances; delete the instances before deleting the service');
      const namespace = neededNamespace(tx, scope, row.namespaceId);
      tx.delete(services, serviceKey(row, row.id));
      tx.delete(takenNames, takenNameKey(row, row.namespaceId, row.name));
      tx.put(namespaces, namespaceKey(scope, namespace.id), { ...namespace, services: namespace.services - 1 });
    });
    return {};
  };
}
