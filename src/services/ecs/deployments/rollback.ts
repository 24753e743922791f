import type { ServiceDeploymentRecord } from '../records/service-deployment.ts';
import type { DeploymentRecord, ServiceRecord } from '../records/service.ts';
import type { Draft } from '../service-scheduler/decision.ts';
import { events } from '../service-scheduler/events.ts';
import { withoutBackOff } from './rollouts.ts';

/** Why a deployment is given up, in the words of the places that say so. */
export interface Failure {
  /** In the event: `deployment failed: …`. */
  readonly event: string;
  /** Before the colon of the rollout state's reason. */
  readonly by: string;
  /** Of the service deployment. */
  readonly rolledBack: string;
  readonly stopped: string;
  /** What it changes in the service deployment. */
  readonly marks: Partial<ServiceDeploymentRecord>;
}

/** The PRIMARY failed: it stays as it is, and starts nothing any more. */
export function failDeployment(draft: Draft, primary: DeploymentRecord, failure: Failure): void {
  const { service, view } = draft;
  draft.events.push(events.deploymentFailed(service.name, primary.id, failure.event));
  draft.service = {
    ...service,
    steady: false,
    deployments: service.deployments.map((one) =>
      one.id === primary.id
        ? {
            ...one,
            rolloutState: 'FAILED',
            rolloutStateReason: `${failure.by}: ${failure.event}.`,
            updatedAtMs: view.nowMs,
          }
        : one,
    ),
  };
}

/** Ends the service deployment of a PRIMARY that failed and is not rolled back. */
export function endFailed(
  draft: Draft,
  primary: DeploymentRecord,
  end: { readonly status: 'STOPPED' | 'ROLLBACK_FAILED'; readonly reason: string; readonly marks: Failure['marks'] },
): void {
  const row = draft.serviceDeployment(primary.serviceDeploymentId);
  if (row === undefined) return;
  const { nowMs } = draft.view;
  draft.writeServiceDeployment({
    ...row,
    ...end.marks,
    status: end.status,
    statusReason: end.reason,
    stoppedAtMs: nowMs,
    finishedAtMs: nowMs,
  });
}

/**
 * Makes the revision that completed last the PRIMARY again, by its own deployment where that still has tasks.
 * @returns false when no deployment ever completed: the service stays where it is
 */
export function rollBack(draft: Draft, failed: DeploymentRecord, failure: Failure): boolean {
  const { service, view } = draft;
  const revision = view.revisions.get(service.completedRevisionId ?? '');
  if (revision === undefined || revision.id === failed.revisionId) return false;
  const earlier = service.deployments.find(
    ({ revisionId, rolloutState, status }) =>
      status === 'ACTIVE' && revisionId === revision.id && rolloutState !== 'FAILED',
  );
  const id = earlier?.id ?? `ecs-svc/${view.newId}`;
  const promoted: DeploymentRecord = {
    id,
    status: 'PRIMARY',
    revisionId: revision.id,
    serviceDeploymentId: failed.serviceDeploymentId,
    desiredCount: service.desiredCount,
    failedTasks: 0,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: `${failure.by}: rolling back to deploymentID ${id}.`,
    createdAtMs: earlier?.createdAtMs ?? view.nowMs,
    updatedAtMs: view.nowMs,
  };
  const others = service.deployments
    .filter((one) => one.id !== id)
    .map((one) => ({ ...one, status: 'ACTIVE' as const, ...(one.id === failed.id ? { desiredCount: 0 } : {}) }));
  draft.service = promotedService(service, promoted, { others, family: revision.family, revision: revision.revision });
  if (revision.launchType !== undefined) draft.service = { ...draft.service, launchType: revision.launchType };
  draft.events.push(events.rollingBack(service.name, id));
  const row = draft.serviceDeployment(failed.serviceDeploymentId);
  if (row !== undefined)
    draft.writeServiceDeployment({
      ...row,
      ...failure.marks,
      status: 'ROLLBACK_IN_PROGRESS',
      statusReason: failure.rolledBack,
      rollback: { reason: failure.rolledBack, startedAtMs: view.nowMs, revisionId: revision.id },
    });
  return true;
}

function promotedService(
  service: ServiceRecord,
  promoted: DeploymentRecord,
  rest: {
    readonly others: readonly DeploymentRecord[];
    readonly family: string;
    readonly revision: number;
  },
): ServiceRecord {
  const { launchType: _replaced, ...kept } = withoutBackOff(service);
  const { others, family, revision } = rest;
  return { ...kept, family, revision, steady: false, hindered: false, deployments: [promoted, ...others] };
}
