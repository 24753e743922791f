import type { TaskSetRecord } from '../records/task-set.ts';
import { computedDesiredCount } from '../services/computed-count.ts';
import { end } from './conclude.ts';
import type { Draft } from './decision.ts';
import { events } from './events.ts';
import type { Judged } from './health.ts';
import { hold } from './hold.ts';
import { reasons, stop, tellStops } from './stopping.ts';

/**
 * Keeps each task set of a service at its share of the desired count. Which sets there are, and which share each has, somebody else decides.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-external.html
 */
export function decideTaskSets(draft: Draft, judged: readonly Judged[]): void {
  const { service, view } = draft;
  const live = judged.filter(({ state }) => state !== 'ENDED');
  const wanted = live.filter(({ state }) => state !== 'STOPPING');
  const active = service.status === 'ACTIVE';
  for (const set of view.taskSets) {
    const own = wanted.filter(({ task }) => task.deploymentId === set.id);
    const desired = active ? computedDesiredCount(service, set) : 0;
    if (desired === 0) own.every((one) => stop(draft, one, reasons.scaling(set.id)));
    else hold(draft, { id: set.id, own, desired });
  }
  const known = new Set(view.taskSets.map(({ id }) => id));
  for (const one of wanted)
    if (!known.has(one.task.deploymentId) && !stop(draft, one, reasons.scaling(one.task.deploymentId))) break;
  tellStops(draft, judged);
  for (const set of view.taskSets) conclude(draft, set, live);
  if (!active) end(draft, live);
}

/** A set that drained is gone; the stability of the others follows their tasks. */
function conclude(draft: Draft, set: TaskSetRecord, live: readonly Judged[]): void {
  const { service, view, starts, stops } = draft;
  const own = live.filter(({ task }) => task.deploymentId === set.id);
  const over = set.status === 'DRAINING' || service.status !== 'ACTIVE';
  if (over) {
    if (own.length === 0 && !draft.more) draft.goneTaskSets.push(set.id);
    return;
  }
  const stopping = new Set(stops.map(({ taskKey }) => taskKey));
  const moves =
    starts.some(({ deploymentId }) => deploymentId === set.id) || own.some(({ task }) => stopping.has(task.key));
  const steady =
    !moves &&
    own.length === computedDesiredCount(service, set) &&
    own.every(({ task, state }) => state === 'HEALTHY' && !task.onDrainingInstance);
  const stabilityStatus = steady ? 'STEADY_STATE' : 'STABILIZING';
  if (stabilityStatus === set.stabilityStatus) return;
  if (steady) draft.events.push(events.taskSetSteady(service.name, set.id));
  draft.taskSets.push({ ...set, stabilityStatus, stabilityStatusAtMs: view.nowMs, updatedAtMs: view.nowMs });
}
