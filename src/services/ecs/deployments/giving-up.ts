import type { ServiceDeploymentRecord } from '../records/service-deployment.ts';
import type { DeploymentRecord } from '../records/service.ts';
import type { Draft } from '../service-scheduler/decision.ts';
import { failureThreshold } from './circuit-breaker.ts';
import { endFailed, failDeployment, rollBack, type Failure } from './rollback.ts';

/** A reason to end a deployment, and whether to go back to what ran before. */
export interface GivingUp {
  readonly failure: Failure;
  readonly rollback: boolean;
}

const breaker: Failure = {
  event: 'tasks failed to start',
  by: 'ECS deployment circuit breaker',
  rolledBack: 'Service deployment rolled back because the circuit breaker threshold was exceeded.',
  stopped: 'Service deployment stopped because the circuit breaker threshold was exceeded.',
  marks: { circuitBreaker: 'TRIGGERED' },
};

/** What AWS says where no deployment ever completed. */
const noCandidate = 'No rollback candidate was found to run the rollback.';

/** StopServiceDeployment. */
export const requested: Failure = {
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

/** What the circuit breaker and the alarms say of a deployment in progress; undefined: go on. */
export function reasonToGiveUp(
  { service, view }: Draft,
  primary: DeploymentRecord,
  row: ServiceDeploymentRecord,
): GivingUp | undefined {
  const { deploymentConfiguration: configuration } = service;
  const threshold = failureThreshold(configuration, service.desiredCount);
  if (row.circuitBreaker === 'MONITORING' && primary.failedTasks >= threshold)
    return { failure: breaker, rollback: configuration.deploymentCircuitBreaker?.rollback === true };
  if (row.alarms === 'MONITORING' && view.alarming.length > 0)
    return { failure: alarmed(view.alarming), rollback: configuration.alarms?.rollback === true };
  return undefined;
}

/** Ends the PRIMARY's deployment, and goes back where that is asked for and possible. */
export function giveUp(draft: Draft, primary: DeploymentRecord, { failure, rollback }: GivingUp): void {
  failDeployment(draft, primary, failure);
  if (!rollback) return endFailed(draft, primary, { status: 'STOPPED', reason: failure.stopped, marks: failure.marks });
  if (rollBack(draft, primary, failure)) return;
  endFailed(draft, primary, { status: 'ROLLBACK_FAILED', reason: noCandidate, marks: failure.marks });
}
