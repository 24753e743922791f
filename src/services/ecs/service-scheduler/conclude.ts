import { completeDeployment } from '../deployments/strategy.ts';
import { primaryOf } from '../deployments/rollouts.ts';
import type { ServiceRecord } from '../records/service.ts';
import type { Draft } from './decision.ts';
import { events } from './events.ts';
import type { Judged } from './health.ts';
import { tellStops } from './stopping.ts';

/** What follows once tasks are decided: deployments without tasks leave the list, the steady state is reached or lost, a deleted service ends. */
export function conclude(draft: Draft, judged: readonly Judged[]): void {
  tellStops(draft, judged);
  const acts = draft.starts.length + draft.stops.length > 0 || draft.more;
  const live = judged.filter(({ state }) => state !== 'ENDED');
  if (!acts) {
    if (isSteady(draft, live)) completeDeployment(draft);
    dropEmpty(draft, live);
  }
  if (draft.service.status === 'DRAINING') return end(draft, live);
  const steady =
    !acts && live.every(({ state }) => state === 'HEALTHY') && isSettled(draft.service) && isSteady(draft, live);
  // A steady service may be hindered all the same, such as by a machine that drains; what no longer is so may be said again.
  if (steady && draft.service.hindered === true && !draft.hindered)
    draft.service = { ...draft.service, hindered: false };
  if (steady === draft.service.steady) return;
  if (steady) draft.events.push(events.steady(draft.service.name));
  draft.service = { ...draft.service, steady };
}

/** As many tasks of the PRIMARY as wanted, all healthy; of the others, none that is to run. */
function isSteady({ service }: Draft, live: readonly Judged[]): boolean {
  const primary = primaryOf(service);
  const running = live.filter(({ state }) => state !== 'STOPPING');
  return (
    service.status === 'ACTIVE' &&
    running.length === service.desiredCount &&
    running.every(({ task, state }) => state === 'HEALTHY' && task.deploymentId === primary?.id)
  );
}

function isSettled({ deployments }: ServiceRecord): boolean {
  return deployments.length === 1 && deployments[0]?.rolloutState === 'COMPLETED';
}

function dropEmpty(draft: Draft, live: readonly Judged[]): void {
  const { service } = draft;
  const used = new Set(live.map(({ task }) => task.deploymentId));
  // One whose tasks all ended at once may still be needed to serve until the PRIMARY does.
  const kept = service.deployments.filter(
    ({ id, status, desiredCount }) => status === 'PRIMARY' || used.has(id) || desiredCount > 0,
  );
  if (kept.length < service.deployments.length) draft.service = { ...service, deployments: kept };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html */
export function end(draft: Draft, live: readonly Judged[]): void {
  if (live.length > 0 || draft.more) return;
  const { service, view } = draft;
  const primary = primaryOf(service);
  const row = primary === undefined ? undefined : draft.serviceDeployment(primary.serviceDeploymentId);
  if (row !== undefined && row.finishedAtMs === undefined)
    draft.writeServiceDeployment({
      ...row,
      status: 'STOPPED',
      statusReason: 'Service deployment stopped because the service was deleted.',
      stoppedAtMs: view.nowMs,
      finishedAtMs: view.nowMs,
    });
  draft.service = {
    ...service,
    status: 'INACTIVE',
    deployments: [],
    deletedAtMs: service.deletedAtMs ?? view.nowMs,
  };
}
