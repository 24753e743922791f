import { ApiError } from '../../../protocol/api/index.ts';
import { describedService } from '../described-service.ts';
import { neededNamespace, present, scopeOf, type Input, type SdHandler, type ServiceDiscoveryDeps } from '../core.ts';
import { limitExceeded, serviceNotFound } from '../errors.ts';
import { maxServicesPerNamespace } from '../limits.ts';
import { newServiceId } from '../new-ids.ts';
import { namespaceKey, namespaces, takenNameKey, takenNames } from '../records/namespace.ts';
import { serviceArn, serviceKey, services, type ServiceRecord } from '../records/service.ts';
import { checkHealthChecks, dnsSettings, namespaceIdOf } from '../service-rules.ts';
import { addedTags } from '../tags.ts';

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateService.html */
export function createService(deps: ServiceDiscoveryDeps): SdHandler<'CreateService'> {
  const { db, ids, clock } = deps;
  return async (input, context) => {
    const scope = scopeOf(context);
    const tags = addedTags([], input.Tags);
    const print = printOf(input);
    const { result } = await db.transact((tx) => {
      const namespace = neededNamespace(tx, scope, namespaceIdOf(input));
      const name = takenNameKey(scope, namespace.id, input.Name);
      const taken = tx.get(takenNames, name);
      if (taken !== undefined)
        return repeated(tx.get(services, serviceKey(scope, taken.id)), taken.id, { input, print });
      const dns = dnsSettings(input, namespace);
      checkHealthChecks(input, namespace);
      if (namespace.services >= maxServicesPerNamespace)
        throw limitExceeded(`A namespace can have at most ${maxServicesPerNamespace} services.`);
      const row: ServiceRecord = {
        ...scope,
        id: newServiceId(ids),
        name: input.Name,
        namespaceId: namespace.id,
        customHealth: input.HealthCheckCustomConfig !== undefined,
        fingerprint: print,
        attributes: {},
        tags,
        createdAtMs: clock.nowMs(),
        ...present({ dns, description: input.Description, creatorRequestId: input.CreatorRequestId }),
      };
      tx.create(takenNames, name, { id: row.id });
      tx.create(services, serviceKey(scope, row.id), row);
      tx.put(namespaces, namespaceKey(scope, namespace.id), { ...namespace, services: namespace.services + 1 });
      return row;
    });
    return { Service: describedService(db, result) };
  };
}

function printOf(input: Input<'CreateService'>): string {
  const { Name, Description = '', Type = '', DnsConfig: dns, HealthCheckCustomConfig: custom } = input;
  const records = dns?.DnsRecords.map(({ Type: type, TTL: ttl }) => [type, ttl]);
  return JSON.stringify([
    Name,
    namespaceIdOf(input),
    Description,
    Type,
    records,
    dns?.RoutingPolicy,
    custom !== undefined,
  ]);
}

/** The same request again answers with the service there is. */
function repeated(
  row: ServiceRecord | undefined,
  id: string,
  { input, print }: { readonly input: Input<'CreateService'>; readonly print: string },
): ServiceRecord {
  if (row === undefined) throw serviceNotFound(id);
  const same = input.CreatorRequestId !== undefined && row.creatorRequestId === input.CreatorRequestId;
  if (same && row.fingerprint === print) return row;
  throw new ApiError('ServiceAlreadyExists', `A service with the name ${row.name} already exists in the namespace.`, {
    members: present({ CreatorRequestId: row.creatorRequestId, ServiceId: row.id, ServiceArn: serviceArn(row) }),
  });
}
