import { ApiError } from '../../../protocol/api/index.ts';
import {
  neededInstance,
  neededService,
  pageOf,
  present,
  presentRows,
  scopeOf,
  type Input,
  type SdHandler,
  type ServiceDiscoveryDeps,
} from '../core.ts';
import { instanceNotFound } from '../errors.ts';
import { recordOperation } from '../operation-log.ts';
import { instanceKey, instances, type InstanceRecord } from '../records/instance.ts';
import { putInstance } from '../registrar.ts';

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html */
export function registerInstance(deps: ServiceDiscoveryDeps): SdHandler<'RegisterInstance'> {
  const { db } = deps;
  return async (input, context) => {
    const scope = scopeOf(context);
    const { InstanceId: id, Attributes: attributes, CreatorRequestId: creatorRequestId } = input;
    const { result } = await db.transact((tx) => {
      const service = neededService(tx, scope, input.ServiceId);
      const earlier = tx.get(instances, instanceKey(service, service.id, id));
      if (earlier?.operationId !== undefined && isRepeated(earlier, input)) return earlier.operationId;
      const targets = { SERVICE: service.id, INSTANCE: id };
      const operationId = recordOperation(tx, deps, scope, { type: 'REGISTER_INSTANCE', targets });
      putInstance(tx, db, service, { id, attributes, operationId, ...present({ creatorRequestId }) });
      return operationId;
    });
    return { OperationId: result };
  };
}

function isRepeated(earlier: InstanceRecord, input: Input<'RegisterInstance'>): boolean {
  if (input.CreatorRequestId === undefined || earlier.creatorRequestId !== input.CreatorRequestId) return false;
  const given = Object.entries(input.Attributes);
  return (
    given.length === Object.keys(earlier.attributes).length &&
    given.every(([key, value]) => earlier.attributes[key] === value)
  );
}

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_DeregisterInstance.html */
export function deregisterInstance(deps: ServiceDiscoveryDeps): SdHandler<'DeregisterInstance'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const { result } = await deps.db.transact((tx) => {
      const service = neededService(tx, scope, input.ServiceId);
      const row = neededInstance(tx, service, input.InstanceId);
      tx.delete(instances, instanceKey(service, service.id, row.id));
      const targets = { SERVICE: service.id, INSTANCE: row.id };
      return recordOperation(tx, deps, scope, { type: 'DEREGISTER_INSTANCE', targets });
    });
    return { OperationId: result };
  };
}

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_GetInstance.html */
export function getInstance({ db }: ServiceDiscoveryDeps): SdHandler<'GetInstance'> {
  return (input, context) => {
    const rows = presentRows(db);
    const service = neededService(rows, scopeOf(context), input.ServiceId);
    const row = neededInstance(rows, service, input.InstanceId);
    return {
      ResourceOwner: row.account,
      Instance: { ...described(row), ...present({ CreatorRequestId: row.creatorRequestId }) },
    };
  };
}

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_ListInstances.html */
export function listInstances({ db }: ServiceDiscoveryDeps): SdHandler<'ListInstances'> {
  return (input, context) => {
    const service = neededService(presentRows(db), scopeOf(context), input.ServiceId);
    const page = pageOf((request) => db.table(instances).page('service', service.id, request), input);
    return {
      ResourceOwner: service.account,
      Instances: page.rows.map(({ row }) => described(row)),
      ...present({ NextToken: page.next }),
    };
  };
}

function described(row: InstanceRecord): {
  Id: string;
  Attributes: InstanceRecord['attributes'];
  CreatedByAccount: string;
} {
  return { Id: row.id, Attributes: row.attributes, CreatedByAccount: row.account };
}

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_UpdateInstanceCustomHealthStatus.html */
export function updateInstanceCustomHealthStatus({
  db,
}: ServiceDiscoveryDeps): SdHandler<'UpdateInstanceCustomHealthStatus'> {
  return async (input, context) => {
    await db.transact((tx) => {
      const service = neededService(tx, scopeOf(context), input.ServiceId);
      const row = neededInstance(tx, service, input.InstanceId);
      if (!service.customHealth)
        throw new ApiError('CustomHealthNotFound', `The service ${service.id} has no HealthCheckCustomConfig.`);
      tx.put(instances, instanceKey(service, service.id, row.id), { ...row, health: input.Status });
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_GetInstancesHealthStatus.html */
export function getInstancesHealthStatus({ db }: ServiceDiscoveryDeps): SdHandler<'GetInstancesHealthStatus'> {
  return (input, context) => {
    const service = neededService(presentRows(db), scopeOf(context), input.ServiceId);
    const named = input.Instances;
    if (named !== undefined) {
      const rows = named.map((id) => db.get(instances, instanceKey(service, service.id, id))?.row ?? absent(id));
      return { Status: statusOf(rows) };
    }
    const page = pageOf((request) => db.table(instances).page('service', service.id, request), input);
    return { Status: statusOf(page.rows.map(({ row }) => row)), ...present({ NextToken: page.next }) };
  };
}

function absent(id: string): never {
  throw instanceNotFound(id);
}

/** `UNKNOWN`: the service has no check. */
function statusOf(rows: readonly InstanceRecord[]): Record<string, 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN'> {
  return Object.fromEntries(rows.map(({ id, health }) => [id, health ?? 'UNKNOWN']));
}
