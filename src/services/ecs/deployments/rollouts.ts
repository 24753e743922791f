import type { DeploymentRecord, ServiceRecord } from '../records/service.ts';
import type { Draft } from '../service-scheduler/decision.ts';

/** The rollout that is wanted; undefined only for services without deployments, whose controller is not ECS. */
export function primaryOf({ deployments }: Pick<ServiceRecord, 'deployments'>): DeploymentRecord | undefined {
  return deployments.find(({ status }) => status === 'PRIMARY');
}

/** The newest earlier rollout that worked: it serves until the PRIMARY does, so its tasks are replaced meanwhile. */
export function fallbackOf({ deployments }: Pick<ServiceRecord, 'deployments'>): DeploymentRecord | undefined {
  return deployments.find(({ status, rolloutState }) => status === 'ACTIVE' && rolloutState === 'COMPLETED');
}

/**
 * Of a deployment that shifts traffic: the rollout that has the traffic until the PRIMARY gets it, which keeps all its tasks. That of the revision that
 * completed last; where an unfinished rolling update has replaced it already, the newest that did not fail. Undefined for a service's first deployment.
 */
export function blueOf({
  deployments,
  completedRevisionId,
}: Pick<ServiceRecord, 'deployments' | 'completedRevisionId'>): DeploymentRecord | undefined {
  if (completedRevisionId === undefined) return undefined;
  const earlier = deployments.filter(({ status, rolloutState }) => status === 'ACTIVE' && rolloutState !== 'FAILED');
  return earlier.find(({ revisionId }) => revisionId === completedRevisionId) ?? earlier[0];
}

/** Changes one deployment in the draft; nothing is written when nothing changes. */
export function changeDeployment(draft: Draft, id: string, change: Partial<DeploymentRecord>): void {
  const { service, view } = draft;
  const present = service.deployments.find((one) => one.id === id);
  if (present === undefined) return;
  const entries = Object.entries(change) as [keyof DeploymentRecord, unknown][];
  if (entries.every(([name, value]) => present[name] === value)) return;
  draft.service = {
    ...service,
    deployments: service.deployments.map((one) =>
      one.id === id ? { ...one, ...change, updatedAtMs: view.nowMs } : one,
    ),
  };
}

/** Leaves `backOff` out, so that starts go on at once. */
export function withoutBackOff(service: ServiceRecord): ServiceRecord {
  if (service.backOff === undefined) return service;
  const { backOff: _over, ...rest } = service;
  return rest;
}
