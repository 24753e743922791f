import { ApiError } from '../../../protocol/api/index.ts';
import { conflict, notImplemented } from '../errors.ts';
import { scopeOf, type EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { serviceDeploymentArn, serviceDeploymentKey, serviceDeployments } from '../records/service-deployment.ts';
import { openDeploymentStatuses } from '../services/begin-deployment.ts';
import type { ServiceDeps } from '../services/deps.ts';
import { findServiceDeployment } from '../services/find-service-deployment.ts';

/**
 * Asks for the end of a deployment that is in progress; the scheduler rolls back to the service revision before it.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopServiceDeployment.html
 */
export function stopServiceDeployment({ db }: ServiceDeps): EcsHandler<'StopServiceDeployment'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    // ABORT is reserved on AWS; ROLLBACK is what there is.
    if (input.stopType === 'ABORT') throw notImplemented('stopType ABORT');
    const { result } = await db.transact((tx) => {
      const row = findServiceDeployment(tx, scope, input.serviceDeploymentArn);
      if (row === undefined)
        throw new ApiError('ServiceDeploymentNotFoundException', 'The service deployment was not found.');
      if (row.status === 'STOP_REQUESTED' || row.status === 'ROLLBACK_REQUESTED') return row;
      if (!openDeploymentStatuses.has(row.status) || row.status === 'ROLLBACK_IN_PROGRESS')
        throw conflict(`The service deployment cannot be stopped because its status is ${row.status}.`);
      // The tasks to go back to are leaving.
      if (row.lifecycleStage === 'CLEAN_UP')
        throw conflict('The service deployment cannot be stopped because its lifecycle stage is CLEAN_UP.');
      const asked = { ...row, status: 'ROLLBACK_REQUESTED' as const, updatedAtMs: context.receivedMs };
      tx.put(serviceDeployments, serviceDeploymentKey(row, row.id), asked);
      return asked;
    });
    return { serviceDeploymentArn: serviceDeploymentArn(result, result.cluster, result.service, result.id) };
  };
}
