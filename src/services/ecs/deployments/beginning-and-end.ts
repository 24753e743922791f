import type { ServiceDeploymentRecord } from '../records/service-deployment.ts';
import type { DeploymentRecord } from '../records/service.ts';
import type { Draft } from '../service-scheduler/decision.ts';
import { events } from '../service-scheduler/events.ts';
import { changeDeployment } from './rollouts.ts';

/** An alarm that is in ALARM when the deployment begins says nothing of it: alarms are not looked at then. */
export function begun(row: ServiceDeploymentRecord, draft: Draft): ServiceDeploymentRecord {
  const { alarming, nowMs } = draft.view;
  const deaf = row.alarms === 'MONITORING' && alarming.length > 0;
  return { ...row, status: 'IN_PROGRESS', startedAtMs: nowMs, ...(deaf ? { alarms: 'DISABLED' as const } : {}) };
}

/** The PRIMARY is what runs from now on: its deployment, or the way back to it, went well. */
export function complete(draft: Draft, primary: DeploymentRecord): void {
  const row = draft.serviceDeployment(primary.serviceDeploymentId);
  changeDeployment(draft, primary.id, {
    rolloutState: 'COMPLETED',
    rolloutStateReason: `ECS deployment ${primary.id} completed.`,
  });
  draft.service = { ...draft.service, completedRevisionId: primary.revisionId };
  draft.events.push(events.deploymentCompleted(draft.service.name, primary.id));
  if (row === undefined || row.finishedAtMs !== undefined) return;
  draft.writeServiceDeployment({
    ...row,
    status: row.status === 'ROLLBACK_IN_PROGRESS' ? 'ROLLBACK_SUCCESSFUL' : 'SUCCESSFUL',
    finishedAtMs: draft.view.nowMs,
    ...(row.circuitBreaker === 'MONITORING' ? { circuitBreaker: 'MONITORING_COMPLETE' as const } : {}),
    ...(row.alarms === 'MONITORING' ? { alarms: 'MONITORING_COMPLETE' as const } : {}),
  });
}
