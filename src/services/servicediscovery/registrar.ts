import { Conflict, InvalidArgument, NotFound } from '../../kernel/index.ts';
import { ApiError } from '../../protocol/api/index.ts';
import type { Database, Transaction } from '../../store/index.ts';
import { present, presentRows, type Rows } from './core.ts';
import { limitExceeded } from './errors.ts';
import { checkInstance, firstHealth } from './instance-rules.ts';
import { maxInstancesPerService } from './limits.ts';
import type { InstanceRegistrar } from './offers.ts';
import { instanceKey, instances, type InstanceRecord } from './records/instance.ts';
import type { Scope } from './records/scope.ts';
import { parseResourceArn, serviceKey, services, type ServiceRecord } from './records/service.ts';

/**
 * Writes an instance in `tx`, whose service was read in it.
 * @throws ApiError InvalidInput, ResourceLimitExceeded
 */
export function putInstance(
  tx: Transaction,
  db: Database,
  service: ServiceRecord,
  given: Pick<InstanceRecord, 'id' | 'attributes' | 'creatorRequestId' | 'operationId'>,
): void {
  checkInstance(service, given.attributes);
  const key = instanceKey(service, service.id, given.id);
  if (
    tx.get(instances, key) === undefined &&
    db.table(instances).count('service', service.id) >= maxInstancesPerService
  )
    throw limitExceeded(`The service ${service.id} can have at most ${maxInstancesPerService} instances.`);
  const { account, region } = service;
  const health = firstHealth(service, given.attributes);
  tx.put(instances, key, { account, region, serviceId: service.id, ...given, ...present({ health }) });
}

/** Registers instances for services such as ECS. */
export function instanceRegistrar(db: Database): InstanceRegistrar {
  return {
    registry(scope, arn) {
      const row = serviceOf(presentRows(db), scope, arn);
      return row && { recordTypes: row.dns?.records.map(({ type }) => type) ?? [], customHealth: row.customHealth };
    },
    register(tx, scope, arn, instance) {
      const service = serviceOf(tx, scope, arn);
      if (service === undefined) throw new NotFound(`The Cloud Map service ${arn} does not exist`);
      try {
        putInstance(tx, db, service, instance);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const kind = error.code === 'ResourceLimitExceeded' ? Conflict : InvalidArgument;
        throw new kind(error.message);
      }
    },
    deregister(tx, scope, arn, id) {
      const named = ownService(scope, arn);
      if (named !== undefined) tx.delete(instances, instanceKey(scope, named, id));
    },
    health(scope, arn, id) {
      const named = ownService(scope, arn);
      return named === undefined ? undefined : db.get(instances, instanceKey(scope, named, id))?.row.health;
    },
    setHealth(tx, scope, arn, { id, health }) {
      const named = ownService(scope, arn);
      const key = instanceKey(scope, named ?? '', id);
      const row = tx.get(instances, key);
      if (row?.health !== undefined) tx.put(instances, key, { ...row, health });
    },
  };
}

function serviceOf(rows: Rows, scope: Scope, arn: string): ServiceRecord | undefined {
  const id = ownService(scope, arn);
  return id === undefined ? undefined : rows.get(services, serviceKey(scope, id));
}

/** The id of the service an ARN of this account and region names. */
function ownService(scope: Scope, arn: string): string | undefined {
  const named = parseResourceArn(arn);
  if (named?.kind !== 'service') return undefined;
  return named.scope.account === scope.account && named.scope.region === scope.region ? named.id : undefined;
}
