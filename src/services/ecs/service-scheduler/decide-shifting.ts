import { blueOf, changeDeployment, primaryOf } from '../deployments/rollouts.ts';
import { areApart } from '../deployments/shifted-rules.ts';
import { lifecycleStages, type ServiceDeploymentRecord } from '../records/service-deployment.ts';
import type { DeploymentRecord } from '../records/service.ts';
import { add, tellHindered } from './decide-replica.ts';
import type { Draft } from './decision.ts';
import { events } from './events.ts';
import type { Judged } from './health.ts';
import { percentsOf, Spare } from './limits.ts';
import { scaleInOrder } from './scale-in.ts';
import { isProtected, reasons, stop, stopSick } from './stopping.ts';

/** Which rollouts keep all their tasks while traffic is shifted, and which of them the others wait for. */
interface Holding {
  readonly holders: readonly DeploymentRecord[];
  /** Has the traffic, or had it last. */
  readonly anchor: DeploymentRecord;
  /** The others' tasks serve nobody any more. */
  readonly cleaning: boolean;
}

/**
 * Starts and stops tasks during a deployment that shifts traffic: the new revision gets all its tasks beside those of the revision that has the traffic,
 * whatever `maximumPercent` says, and each of the two keeps them until it may go.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html
 */
export function decideShifting(draft: Draft, judged: readonly Judged[]): void {
  const primary = primaryOf(draft.service);
  const row = primary === undefined ? undefined : draft.serviceDeployment(primary.serviceDeploymentId);
  if (primary === undefined || row === undefined) return;
  const desired = draft.service.desiredCount;
  const holding = holdingOf(draft, primary, row);
  for (const { id } of [primary, ...holding.holders]) changeDeployment(draft, id, { desiredCount: desired });
  const wanted = judged.filter(({ state }) => state !== 'ENDED' && state !== 'STOPPING');
  for (const { id } of holding.holders) {
    const own = wanted.filter(({ task }) => task.deploymentId === id);
    if (!hold(draft, { id, own, desired })) return;
  }
  const kept = new Set([primary.id, ...holding.holders.map(({ id }) => id)]);
  const others = wanted.filter(({ task }) => !kept.has(task.deploymentId));
  clear(draft, { ...holding, others, wanted, desired });
  noteOldCounts(draft, kept, others);
}

function holdingOf(draft: Draft, primary: DeploymentRecord, row: ServiceDeploymentRecord): Holding {
  if (row.status === 'ROLLBACK_IN_PROGRESS') return { holders: [primary], anchor: primary, cleaning: false };
  const cleaning = row.lifecycleStage === 'CLEAN_UP';
  const blue = cleaning ? undefined : blueOf(draft.service);
  const stage = row.lifecycleStage === undefined ? -1 : lifecycleStages.indexOf(row.lifecycleStage);
  const scaled = stage >= lifecycleStages.indexOf('SCALE_UP');
  return {
    holders: [...(blue === undefined ? [] : [blue]), ...(scaled ? [primary] : [])],
    anchor: blue ?? primary,
    cleaning,
  };
}

interface Held {
  readonly id: string;
  readonly own: readonly Judged[];
  readonly desired: number;
}

/** Keeps one rollout at its count: what is unhealthy or on a draining instance goes once there are others. @returns false when the turn is full */
function hold(draft: Draft, { id, own, desired }: Held): boolean {
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
  if (!scaleIn(draft, kept, { own, desired, spare })) return false;
  const untilMs = service.backOff?.untilMs ?? 0;
  if (desired <= kept.length) return true;
  if (draft.view.nowMs < untilMs) draft.wakeAt(untilMs);
  else add(draft, id, desired - kept.length);
  return true;
}

/** One that was never healthy serves nobody. */
function servesNow({ task, state }: Judged): boolean {
  return state !== 'STARTING' && (state !== 'UNHEALTHY' || task.healthyAtMs !== undefined);
}

function remove(draft: Draft, one: Judged): boolean {
  if (one.state === 'UNHEALTHY') return stopSick(draft, one);
  return stop(draft, one, one.task.onDrainingInstance ? reasons.draining : reasons.scaling(one.task.deploymentId));
}

function scaleIn(
  draft: Draft,
  kept: readonly Judged[],
  { own, desired, spare }: { readonly own: readonly Judged[]; readonly desired: number; readonly spare: Spare },
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
  if (held > 0) tellHindered(draft, events.protectedTasks(draft.service.name, held));
  return true;
}

interface Clearing extends Holding {
  readonly others: readonly Judged[];
  readonly wanted: readonly Judged[];
  readonly desired: number;
}

/** Tasks of no rollout that is kept: at once where no traffic reaches them, else when those that have it are all healthy. */
function clear(draft: Draft, { anchor, cleaning, others, wanted, desired }: Clearing): void {
  const { revisions } = draft.view;
  const healthy = wanted.filter(({ task, state }) => task.deploymentId === anchor.id && state === 'HEALTHY').length;
  const own = revisions.get(anchor.revisionId);
  const isAside = (deploymentId: string): boolean => {
    const revisionId = draft.service.deployments.find(({ id }) => id === deploymentId)?.revisionId;
    const revision = revisions.get(revisionId ?? '');
    return own !== undefined && revision !== undefined && areApart(own, revision);
  };
  for (const one of others) {
    if (one.state !== 'UNHEALTHY' && isProtected(draft, one)) continue;
    const mayGo = cleaning || healthy >= desired || !servesNow(one) || isAside(one.task.deploymentId);
    if (mayGo && !stop(draft, one, reasons.scaling(anchor.id))) return;
  }
}

function noteOldCounts(draft: Draft, kept: ReadonlySet<string>, others: readonly Judged[]): void {
  const stopped = new Set(draft.stops.map(({ taskKey }) => taskKey));
  for (const { id } of draft.service.deployments) {
    if (kept.has(id)) continue;
    const left = others.filter(({ task }) => task.deploymentId === id && !stopped.has(task.key)).length;
    changeDeployment(draft, id, { desiredCount: left });
  }
}
