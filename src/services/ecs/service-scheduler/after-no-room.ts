import { afterNoRoom } from '../deployments/failures.ts';
import type { Decision } from './decision.ts';
import { roundsBeforeTold } from './settings.ts';
import { events } from './events.ts';
import type { NoRoom } from './plan-starts.ts';
import type { ServiceView } from './view.ts';

/** The decision once a start turned out to find no room: it counts as a failed task, is said once, and is tried again after a pause. */
export function decisionWithoutRoom(view: ServiceView, decision: Decision, { deploymentId, event }: NoRoom): Decision {
  const { nowMs, settings, tasks } = view;
  // Room that others are just leaving is no failure.
  const counts = tasks.every(({ wanted, status }) => wanted || status === 'STOPPED') && decision.stops.length === 0;
  const { service } = decision;
  const told = service.backOff?.unplaced === true;
  const slowed = afterNoRoom(service, {
    nowMs,
    firstMs: settings.firstBackOffMs,
    longestMs: settings.longestPlacementPauseMs,
  });
  const deployments = service.deployments.map((one) =>
    counts && one.id === deploymentId && one.rolloutState === 'IN_PROGRESS'
      ? { ...one, failedTasks: one.failedTasks + 1, updatedAtMs: nowMs }
      : one,
  );
  const impaired = slowed.backOff?.failures === roundsBeforeTold ? [events.impaired(service.name)] : [];
  return {
    ...decision,
    service: { ...slowed, steady: false, deployments },
    serviceDeployments: counted(view, decision, { deploymentId, failed: counts }),
    events: [...decision.events, ...(told ? [] : [event]), ...impaired],
    wakeAtMs: Math.min(decision.wakeAtMs ?? Number.POSITIVE_INFINITY, slowed.backOff?.untilMs ?? nowMs),
  };
}

function counted(
  view: ServiceView,
  decision: Decision,
  { deploymentId, failed }: { readonly deploymentId: string; readonly failed: boolean },
): Decision['serviceDeployments'] {
  const deployment = decision.service.deployments.find(({ id }) => id === deploymentId);
  if (!failed || deployment?.status !== 'PRIMARY' || deployment.rolloutState !== 'IN_PROGRESS')
    return decision.serviceDeployments;
  const id = deployment.serviceDeploymentId;
  const row = decision.serviceDeployments.find((one) => one.id === id) ?? view.serviceDeployments.get(id);
  if (row === undefined) return decision.serviceDeployments;
  const changed = { ...row, failureCount: deployment.failedTasks + 1, updatedAtMs: view.nowMs };
  return [...decision.serviceDeployments.filter((one) => one.id !== id), changed];
}
