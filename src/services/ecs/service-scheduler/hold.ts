import { add, tellHindered } from './decide-replica.ts';
import type { Draft } from './decision.ts';
import { events } from './events.ts';
import type { Judged } from './health.ts';
import { percentsOf, Spare } from './limits.ts';
import { scaleInOrder } from './scale-in.ts';
import { isProtected, reasons, stop, stopSick } from './stopping.ts';

/** A rollout or task set, its tasks that are to run, and how many it should have. */
export interface Held {
  readonly id: string;
  readonly own: readonly Judged[];
  readonly desired: number;
}

/** Keeps one rollout at its count: what is unhealthy or on a draining instance goes once there are others. @returns false when the turn is full */
export function hold(draft: Draft, { id, own, desired }: Held): boolean {
  const { service } = draft;
  const leaving = own.filter(({ task, state }) => state === 'UNHEALTHY' || task.onDrainingInstance);
  const kept = own.filter((one) => !leaving.includes(one));
  const spare = new Spare(own, percentsOf(service, desired).min);
  const healthy = kept.filter(({ state }) => state === 'HEALTHY').length;
  const serving = leaving.filter(servesNow);
  for (const one of leaving) if (!servesNow(one) && !remove(draft, one)) return false;
  // Where there is no room for successors, they make some, as far as enough others are healthy.
  let excess = service.backOff?.unplaced === true ? serving.length : serving.length - Math.max(0, desired - healthy);
  for (const one of scaleInOrder(serving, own)) {
    if (excess <= 0) break;
    if (!spare.take(one)) continue;
    if (!remove(draft, one)) return false;
    excess -= 1;
  }
  if (!scaleIn(draft, kept, { id, own, desired, spare })) return false;
  const untilMs = service.backOff?.untilMs ?? 0;
  if (desired <= kept.length) return true;
  if (draft.view.nowMs < untilMs) draft.wakeAt(untilMs);
  else add(draft, id, desired - kept.length);
  return true;
}

/** One that was never healthy serves nobody. */
export function servesNow({ task, state }: Judged): boolean {
  return state !== 'STARTING' && (state !== 'UNHEALTHY' || task.healthyAtMs !== undefined);
}

function remove(draft: Draft, one: Judged): boolean {
  if (one.state === 'UNHEALTHY') return stopSick(draft, one);
  return stop(draft, one, one.task.onDrainingInstance ? reasons.draining : reasons.scaling(one.task.deploymentId));
}

function scaleIn(
  draft: Draft,
  kept: readonly Judged[],
  { id, own, desired, spare }: Held & { readonly spare: Spare },
): boolean {
  let excess = kept.length - desired;
  if (excess <= 0) return true;
  const free = kept.filter((one) => !isProtected(draft, one));
  const held = Math.max(0, excess - free.length);
  for (const one of scaleInOrder(free, own)) {
    if (excess <= 0) break;
    if (!spare.take(one)) continue;
    if (!remove(draft, one)) return false;
    excess -= 1;
  }
  if (held > 0) tellHindered(draft, events.protectedTasks(draft.service.name, id, held));
  return true;
}
