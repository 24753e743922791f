import { ApiError } from '../../../protocol/api/index.ts';
import { invalidParameter } from '../errors.ts';
import { scopeOf, type EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import {
  serviceDeploymentArn,
  serviceDeploymentKey,
  serviceDeployments,
  type ServiceDeploymentRecord,
} from '../records/service-deployment.ts';
import { openDeploymentStatuses } from '../services/begin-deployment.ts';
import type { ServiceDeps } from '../services/deps.ts';
import { findServiceDeployment } from '../services/find-service-deployment.ts';

const hookId = /^ecs-[a-z]+-\S+$/;

/**
 * Answers a pause: the deployment goes on, or back.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContinueServiceDeployment.html
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshooting-blue-green.html
 */
export function continueServiceDeployment({ db }: ServiceDeps): EcsHandler<'ContinueServiceDeployment'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const status = input.action === 'ROLLBACK' ? 'FAILED' : 'SUCCEEDED';
    if (!hookId.test(input.hookId))
      throw invalidParameter('Invalid hookId: hookId must follow the format: ecs-{hookType}-{id}');
    const { result } = await db.transact((tx) => {
      const row = findServiceDeployment(tx, scope, input.serviceDeploymentArn);
      if (row === undefined)
        throw new ApiError('ServiceDeploymentNotFoundException', 'The service deployment does not exist.');
      if (!openDeploymentStatuses.has(row.status))
        throw invalidParameter(
          'Continuing a service deployment is not allowed for service deployment in terminal states.',
        );
      const run = row.hooks.find(({ id }) => id === input.hookId);
      if (run?.status !== 'AWAITING_ACTION')
        throw invalidParameter(
          'Provided hookId is either completed, unavailable, or not associated with the given Resource ARN',
        );
      const answered: ServiceDeploymentRecord = {
        ...row,
        updatedAtMs: context.receivedMs,
        hooks: row.hooks.map((one) => (one === run ? { ...one, status } : one)),
      };
      tx.put(serviceDeployments, serviceDeploymentKey(row, row.id), answered);
      return answered;
    });
    return { serviceDeploymentArn: serviceDeploymentArn(result, result.cluster, result.service, result.id) };
  };
}
