import type { ServiceDeploymentRecord } from '../records/service-deployment.ts';
import type { DeploymentRecord } from '../records/service.ts';
import type { Draft } from '../service-scheduler/decision.ts';
import { begun, complete } from './beginning-and-end.ts';
import { giveUp, reasonToGiveUp, requested } from './giving-up.ts';
import { endFailed, failDeployment } from './rollback.ts';

/**
 * Starts, stops, fails and rolls back the deployment that is in progress; its tasks are decided elsewhere.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
 */
export function advanceRolling(draft: Draft, primary: DeploymentRecord): void {
  const row = draft.serviceDeployment(primary.serviceDeploymentId);
  if (row === undefined || primary.rolloutState !== 'IN_PROGRESS') return;
  switch (row.status) {
    case 'PENDING':
      return draft.writeServiceDeployment(begun(row, draft));
    case 'STOP_REQUESTED':
      failDeployment(draft, primary, requested);
      return endFailed(draft, primary, { status: 'STOPPED', reason: requested.stopped, marks: {} });
    case 'ROLLBACK_REQUESTED':
      return giveUp(draft, primary, { failure: requested, rollback: true });
    case 'IN_PROGRESS': {
      const reason = reasonToGiveUp(draft, primary, row);
      return reason === undefined ? undefined : giveUp(draft, primary, reason);
    }
    default:
      return; // a rollback goes on until it is done, and the others have ended
  }
}

/** The service is steady on the PRIMARY: its deployment completes, after the bake time where alarms are watched. */
export function completeRolling(draft: Draft, primary: DeploymentRecord): void {
  const row = draft.serviceDeployment(primary.serviceDeploymentId);
  if (row?.status === 'PENDING') return; // begun by the next look
  if (row === undefined || baked(draft, row)) complete(draft, primary);
}

function baked(draft: Draft, row: ServiceDeploymentRecord): boolean {
  const { nowMs } = draft.view;
  const bakeMs = (draft.service.deploymentConfiguration.bakeTimeInMinutes ?? 0) * 60_000;
  if (row.status !== 'IN_PROGRESS' || row.alarms !== 'MONITORING' || bakeMs === 0) return true;
  if (row.stageStartedAtMs === undefined) {
    draft.writeServiceDeployment({ ...row, stageStartedAtMs: nowMs });
    draft.wakeAt(nowMs + bakeMs);
    return false;
  }
  const endMs = row.stageStartedAtMs + bakeMs;
  draft.wakeAt(endMs);
  return nowMs >= endMs;
}
