import { scopeOf, type EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { serviceKey, services, type ServiceRecord } from '../records/service.ts';
import { activeCluster } from '../references.ts';
import type { ServiceDeps } from '../services/deps.ts';
import { describedService } from '../services/described-service.ts';
import { activeService } from '../services/find-service.ts';
import { checkDelete } from '../services/service-rules.ts';

/**
 * Closes a service: DRAINING while the scheduler stops its tasks, then INACTIVE.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html
 */
export function deleteService({ db }: ServiceDeps): EcsHandler<'DeleteService'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const { result } = await db.transact((tx) => {
      const cluster = activeCluster(tx, scope, input.cluster);
      const present = activeService(tx, scope, cluster.name, input.service);
      checkDelete(present, input.force ?? false);
      const closed: ServiceRecord = {
        ...present,
        status: 'DRAINING',
        desiredCount: 0,
        deletedAtMs: context.receivedMs,
        deployments: present.deployments.map((one) => ({ ...one, desiredCount: 0, updatedAtMs: context.receivedMs })),
      };
      tx.put(services, serviceKey(scope, cluster.name, closed.name), closed);
      return closed;
    });
    return { service: describedService(db, result, { tags: true }) };
  };
}
