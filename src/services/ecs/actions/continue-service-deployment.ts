import { ApiError } from '../../../protocol/api/index.ts';
import { invalidParameter } from '../errors.ts';
import { scopeOf, type EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import {
  serviceDeploymentArn,
  serviceDeploymentKey,
  serviceDeployments,
  type ServiceDeploymentRecord,
} from '../records/service-deployment.ts';
import type { ServiceDeps } from '../services/deps.ts';
import { findServiceDeployment } from '../services/find-service-deployment.ts';

/**
 * Answers a pause: the deployment goes on, or back.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContinueServiceDeployment.html
 */
export function continueServiceDeployment({ db }: ServiceDeps): EcsHandler<'ContinueServiceDeployment'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const status = input.action === 'ROLLBACK' ? 'FAILED' : 'SUCCEEDED';
    const { result } = await db.transact((tx) => {
      const row = findServiceDeployment(tx, scope, input.serviceDeploymentArn);
      if (row === undefined)
        throw new ApiError('ServiceDeploymentNotFoundException', 'The service deployment was not found.');
      const run = row.hooks.find(({ id }) => id === input.hookId);
      if (run === undefined) throw invalidParameter(`The service deployment has no hook ${input.hookId}.`);
      if (run.status !== 'AWAITING_ACTION')
        throw invalidParameter(`The hook ${input.hookId} does not await an action: its status is ${run.status}.`);
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
