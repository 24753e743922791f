import type { ServiceRecord } from '../records/service.ts';
import type { Draft } from '../service-scheduler/decision.ts';
import { events } from '../service-scheduler/events.ts';
import { roundsBeforeTold } from '../service-scheduler/settings.ts';
import type { TaskFacts } from '../service-scheduler/task-facts.ts';
import { changeDeployment, fallbackOf, primaryOf, withoutBackOff } from './rollouts.ts';

/** Did a task that ended fail, as the circuit breaker counts: it never started, or ended before it was healthy? */
export function hasFailed({ stopCode, healthyAtMs }: Pick<TaskFacts, 'stopCode' | 'healthyAtMs'>): boolean {
  if (stopCode === 'TaskFailedToStart') return true;
  return stopCode === 'EssentialContainerExited' && healthyAtMs === undefined;
}

/** One more failed task of a deployment, while it is in progress. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html */
export function countFailure(draft: Draft, deploymentId: string): void {
  const deployment = draft.service.deployments.find(({ id }) => id === deploymentId);
  if (deployment?.rolloutState !== 'IN_PROGRESS') return;
  const failedTasks = deployment.failedTasks + 1;
  changeDeployment(draft, deploymentId, { failedTasks });
  const row = draft.serviceDeployment(deployment.serviceDeploymentId);
  if (row !== undefined && deployment.status === 'PRIMARY')
    draft.writeServiceDeployment({ ...row, failureCount: failedTasks });
}

/** A task of a deployment became healthy: the row of failures ends, unless the circuit breaker is told to go on counting. */
export function forgetFailures(draft: Draft, deploymentId: string): void {
  const primary = primaryOf(draft.service);
  if (primary?.id === deploymentId || isTaskSet(draft, deploymentId)) draft.service = withoutBackOff(draft.service);
  const deployment = draft.service.deployments.find(({ id }) => id === deploymentId);
  if (deployment === undefined || deployment.failedTasks === 0 || deployment.rolloutState !== 'IN_PROGRESS') return;
  if (draft.service.deploymentConfiguration.deploymentCircuitBreaker?.resetOnHealthyTask === false) return;
  changeDeployment(draft, deploymentId, { failedTasks: 0 });
  const row = draft.serviceDeployment(deployment.serviceDeploymentId);
  if (row !== undefined && row.failureCount > 0) draft.writeServiceDeployment({ ...row, failureCount: 0 });
}

function isTaskSet({ view }: Draft, id: string): boolean {
  return view.taskSets.some((set) => set.id === id);
}

/**
 * Slows down further starts after a task that failed. The tasks of one round count once, however many they are.
 * AWS throttles only tasks that never reach RUNNING; those that run and end at once are slowed down by the minute that a start takes there. Here both
 * are, but only the former is said in an event.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
 */
export function slowDown(draft: Draft, task: TaskFacts): void {
  const { service, view } = draft;
  const counts =
    [primaryOf(service)?.id, fallbackOf(service)?.id].includes(task.deploymentId) ||
    isTaskSet(draft, task.deploymentId);
  if (!counts || task.createdAtMs < (service.backOff?.untilMs ?? 0)) return;
  const failures = (service.backOff?.failures ?? 0) + 1;
  const { firstBackOffMs, longestBackOffMs } = view.settings;
  const tell = failures >= roundsBeforeTold && task.stopCode === 'TaskFailedToStart' && service.backOff?.told !== true;
  if (tell) draft.events.push(events.impaired(service.name));
  draft.service = {
    ...service,
    backOff: {
      failures,
      untilMs: view.nowMs + pauseMs(failures, firstBackOffMs, longestBackOffMs),
      told: tell || service.backOff?.told === true,
      unplaced: false,
    },
  };
}

/** The service after a round in which a task found no room. */
export function afterNoRoom(
  service: ServiceRecord,
  at: { readonly nowMs: number; readonly firstMs: number; readonly longestMs: number },
): ServiceRecord {
  const failures = (service.backOff?.failures ?? 0) + 1;
  return {
    ...service,
    backOff: {
      failures,
      untilMs: at.nowMs + pauseMs(failures, at.firstMs, at.longestMs),
      told: true,
      unplaced: true,
    },
  };
}

function pauseMs(failures: number, firstMs: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** (failures - 1));
}
