import type { RequestContext } from '../../../protocol/api/index.ts';
import { neededNamespace, present, scopeOf, type SdHandler, type ServiceDiscoveryDeps } from '../core.ts';
import { invalidInput, resourceInUse } from '../errors.ts';
import { recordOperation } from '../operation-log.ts';
import { namespaceKey, namespaces, takenNameKey, takenNames, type NamespaceRecord } from '../records/namespace.ts';

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_DeleteNamespace.html */
export function deleteNamespace(deps: ServiceDiscoveryDeps): SdHandler<'DeleteNamespace'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const { result } = await deps.db.transact((tx) => {
      const row = neededNamespace(tx, scope, input.Id);
      if (row.services > 0)
        throw resourceInUse(
          `The namespace ${row.id} has ${row.services} services; delete the services before deleting the namespace`,
        );
      tx.delete(namespaces, namespaceKey(row, row.id));
      tx.delete(takenNames, takenNameKey(row, row.zone?.vpcId ?? 'http', row.name));
      return recordOperation(tx, deps, scope, { type: 'DELETE_NAMESPACE', targets: { NAMESPACE: row.id } });
    });
    return { OperationId: result };
  };
}

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_UpdateHttpNamespace.html */
export function updateHttpNamespace(deps: ServiceDiscoveryDeps): SdHandler<'UpdateHttpNamespace'> {
  return async (input, context) => ({
    OperationId: await changed(deps, context, input.Id, (row) => {
      if (row.zone !== undefined) throw invalidInput(`The namespace ${row.id} is not an HTTP namespace.`);
      return { ...row, description: input.Namespace.Description };
    }),
  });
}

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_UpdatePrivateDnsNamespace.html */
export function updatePrivateDnsNamespace(deps: ServiceDiscoveryDeps): SdHandler<'UpdatePrivateDnsNamespace'> {
  return async (input, context) => {
    const { Description: description, Properties: properties } = input.Namespace;
    if (description === undefined && properties === undefined)
      throw invalidInput('The update changes nothing: give a Description or Properties.');
    return {
      OperationId: await changed(deps, context, input.Id, (row) => {
        if (row.zone === undefined) throw invalidInput(`The namespace ${row.id} is not a private DNS namespace.`);
        const soaTtl = properties?.DnsProperties.SOA.TTL ?? row.zone.soaTtl;
        return { ...row, zone: { ...row.zone, soaTtl }, ...present({ description }) };
      }),
    };
  };
}

async function changed(
  deps: ServiceDiscoveryDeps,
  context: RequestContext,
  id: string,
  change: (row: NamespaceRecord) => NamespaceRecord,
): Promise<string> {
  const scope = scopeOf(context);
  const { result } = await deps.db.transact((tx) => {
    const row = change(neededNamespace(tx, scope, id));
    tx.put(namespaces, namespaceKey(row, row.id), row);
    return recordOperation(tx, deps, scope, { type: 'UPDATE_NAMESPACE', targets: { NAMESPACE: row.id } });
  });
  return result;
}
