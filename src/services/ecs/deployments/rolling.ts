import type { ServiceDeploymentRecord } from '../records/service-deployment.ts';
import type { DeploymentRecord } from '../records/service.ts';
import type { Draft } from '../service-scheduler/decision.ts';
import { events } from '../service-scheduler/events.ts';
import { failureThreshold } from './circuit-breaker.ts';
import { endFailed, failDeployment, rollBack, type Failure } from './rollback.ts';
import { changeDeployment } from './rollouts.ts';

const breaker: Failure = {
  event: 'tasks failed to start',
  by: 'ECS deployment circuit breaker',
  rolledBack: 'Service deployment rolled back because the circuit breaker threshold was exceeded.',
  stopped: 'Service deployment stopped because the circuit breaker threshold was exceeded.',
  marks: { circuitBreaker: 'TRIGGERED' },
};

const requested: Failure = {
  event: 'stopped by user',
  by: 'ECS deployment stopped by user',
  rolledBack: 'Service deployment rolled back because of a user request.',
  stopped: 'Service deployment stopped because of a user request.',
  marks: {},
};

function alarmed(names: readonly string[]): Failure {
  return {
    event: 'alarm detected',
    by: 'ECS deployment alarm',
    rolledBack: 'Service deployment rolled back because a CloudWatch alarm was detected.',
    stopped: 'Service deployment stopped because a CloudWatch alarm was detected.',
    marks: { alarms: 'TRIGGERED', triggeredAlarmNames: names },
  };
}

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
      return fail(draft, primary, { failure: requested, rollback: true });
    case 'IN_PROGRESS':
      return watch(draft, primary, row);
    default:
      return; // a rollback goes on until it is done, and the others have ended
  }
}

/** An alarm that is in ALARM when the deployment begins says nothing of it: alarms are not looked at then. */
function begun(row: ServiceDeploymentRecord, draft: Draft): ServiceDeploymentRecord {
  const { alarming, nowMs } = draft.view;
  const deaf = row.alarms === 'MONITORING' && alarming.length > 0;
  return { ...row, status: 'IN_PROGRESS', startedAtMs: nowMs, ...(deaf ? { alarms: 'DISABLED' as const } : {}) };
}

function watch(draft: Draft, primary: DeploymentRecord, row: ServiceDeploymentRecord): void {
  const { alarming } = draft.view;
  const { service } = draft;
  const { deploymentConfiguration: configuration } = service;
  const threshold = failureThreshold(configuration, service.desiredCount);
  if (row.circuitBreaker === 'MONITORING' && primary.failedTasks >= threshold) {
    const rollback = configuration.deploymentCircuitBreaker?.rollback === true;
    return fail(draft, primary, { failure: breaker, rollback });
  }
  if (row.alarms === 'MONITORING' && alarming.length > 0)
    fail(draft, primary, { failure: alarmed(alarming), rollback: configuration.alarms?.rollback === true });
}

function fail(
  draft: Draft,
  primary: DeploymentRecord,
  { failure, rollback }: { readonly failure: Failure; readonly rollback: boolean },
): void {
  failDeployment(draft, primary, failure);
  if (!rollback) return endFailed(draft, primary, { status: 'STOPPED', reason: failure.stopped, marks: failure.marks });
  if (rollBack(draft, primary, failure)) return;
  endFailed(draft, primary, {
    status: 'ROLLBACK_FAILED',
    reason: `${failure.stopped} No completed deployment was found to roll back to.`,
    marks: failure.marks,
  });
}

/** The service is steady on the PRIMARY: its deployment completes, after the bake time where alarms are watched. */
export function completeRolling(draft: Draft, primary: DeploymentRecord): void {
  const row = draft.serviceDeployment(primary.serviceDeploymentId);
  if (row?.status === 'PENDING') return; // begun by the next look
  if (row !== undefined && !baked(draft, row)) return;
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
