import { changeDeployment, fallbackOf, primaryOf } from '../deployments/rollouts.ts';
import type { DeploymentRecord } from '../records/service.ts';
import { startCost, type Draft } from './decision.ts';
import { events } from './events.ts';
import { isFailing, type Judged } from './health.ts';
import { percentsOf, Spare, type Percents } from './limits.ts';
import { rebalance } from './rebalance.ts';
import { scaleInOrder } from './scale-in.ts';
import { isProtected, reasons, stop, stopSick } from './stopping.ts';

/** The tasks of a service, by what is to become of them. */
interface Parts {
  /** To run, whatever deployment they are of. */
  readonly wanted: readonly Judged[];
  /** Live: not STOPPED. */
  readonly live: number;
  /** Of the PRIMARY, that fail and have not quite ended. */
  readonly failing: number;
  /** Of the PRIMARY, to stay. */
  readonly kept: readonly Judged[];
  /** To go as others take their place: of earlier deployments, on draining instances, unhealthy after they were healthy. */
  readonly leaving: readonly Judged[];
  /** To go at once: they serve nobody. */
  readonly useless: readonly Judged[];
}

/**
 * Starts and stops tasks of a REPLICA service: new ones first where `maximumPercent` lets them, else old ones down to `minimumHealthyPercent`.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
 */
export function decideReplica(draft: Draft, judged: readonly Judged[]): void {
  const primary = primaryOf(draft.service);
  const desired = draft.service.status === 'ACTIVE' ? draft.service.desiredCount : 0;
  const percents = percentsOf(draft.service, desired);
  if (primary !== undefined) changeDeployment(draft, primary.id, { desiredCount: desired });
  rebalance(draft, judged, percents);
  const parts = partition(draft, judged, primary);
  for (const one of parts.useless) if (!remove(draft, one)) return;
  const spare = new Spare(parts.wanted, percents.min);
  scaleIn(draft, parts, { desired, spare });
  const target = retire(draft, parts, { desired, spare });
  if (primary !== undefined) start(draft, parts, { primary, desired, percents, spare, target });
  noteOldCounts(draft, parts, target);
}

function partition(draft: Draft, judged: readonly Judged[], primary: DeploymentRecord | undefined): Parts {
  const { service } = draft;
  const wanted: Judged[] = [];
  const kept: Judged[] = [];
  const leaving: Judged[] = [];
  const useless: Judged[] = [];
  const fallback = fallbackOf(service)?.id;
  let live = 0;
  let failing = 0;
  for (const one of judged) {
    const { task, state } = one;
    if (state === 'ENDED') continue;
    live += 1;
    if (isFailing(one) && task.deploymentId === primary?.id) failing += 1;
    if (state === 'STOPPING') continue;
    wanted.push(one);
    const old = task.deploymentId !== primary?.id;
    const moves = task.onDrainingInstance || service.rebalancing?.taskKey === task.key;
    if (
      state === 'STARTING' &&
      ((old && task.deploymentId !== fallback && !isProtected(draft, one)) || task.onDrainingInstance)
    )
      useless.push(one);
    else if (state === 'UNHEALTHY' && task.healthyAtMs === undefined) useless.push(one);
    else if (old || moves || state === 'UNHEALTHY') leaving.push(one);
    else kept.push(one);
  }
  return { wanted, live, failing, kept, leaving, useless };
}

function remove(draft: Draft, one: Judged): boolean {
  const { task, state } = one;
  if (state === 'UNHEALTHY') return stopSick(draft, one);
  return stop(draft, one, reasonFor(draft, one, task.deploymentId));
}

function reasonFor({ service }: Draft, { task }: Judged, deploymentId: string): string {
  if (task.onDrainingInstance) return reasons.draining;
  return service.rebalancing?.taskKey === task.key ? reasons.balance : reasons.scaling(deploymentId);
}

/** More of the PRIMARY than wanted. */
function scaleIn(
  draft: Draft,
  { kept, wanted }: Parts,
  { desired, spare }: { readonly desired: number; readonly spare: Spare },
): void {
  let excess = kept.length - desired;
  if (excess <= 0) return;
  const free = kept.filter((one) => !isProtected(draft, one));
  const held = Math.max(0, excess - free.length);
  for (const one of scaleInOrder(free, wanted)) {
    if (excess <= 0) break;
    if (!spare.take(one)) continue;
    if (!stop(draft, one, reasons.scaling(one.task.deploymentId))) return;
    excess -= 1;
  }
  if (held > 0)
    tellHindered(draft, events.protectedTasks(draft.service.name, primaryOf(draft.service)?.id ?? '', held));
}

interface Room {
  readonly desired: number;
  readonly spare: Spare;
}

/**
 * Stops tasks that leave, as far as enough of those that stay are healthy.
 * @returns how many of them should still run
 */
function retire(draft: Draft, parts: Parts, { desired, spare }: Room): number {
  const { kept, leaving, wanted } = parts;
  const healthyKept = kept.filter(({ state }) => state === 'HEALTHY').length;
  const target = Math.max(0, desired - healthyKept);
  // Unhealthy ones do not count as serving: they stay only until their successors are there.
  let excess = leaving.length - Math.min(target, capacity(draft, leaving));
  for (const one of scaleInOrder(retirable(draft, leaving), wanted)) {
    if (excess <= 0) break;
    if (!spare.take(one)) continue;
    if (!removeLeaving(draft, one)) break;
    excess -= 1;
  }
  return target;
}

/** What the earlier deployments should have at most; tasks that only move count in full. */
function capacity({ service }: Draft, leaving: readonly Judged[]): number {
  const counts = new Map(
    service.deployments.filter(({ status }) => status === 'ACTIVE').map(({ id, desiredCount }) => [id, desiredCount]),
  );
  return leaving.reduce((sum, { task }) => {
    const left = counts.get(task.deploymentId);
    if (left === undefined) return isPrimary(service.deployments, task.deploymentId) ? sum + 1 : sum;
    counts.set(task.deploymentId, left - 1);
    return left > 0 ? sum + 1 : sum;
  }, 0);
}

function isPrimary(deployments: readonly DeploymentRecord[], id: string): boolean {
  return deployments.some((one) => one.id === id && one.status === 'PRIMARY');
}

function retirable(draft: Draft, leaving: readonly Judged[]): readonly Judged[] {
  // Protection holds against deployments, not against ill health, draining or balance.
  return leaving.filter(
    (one) =>
      one.state === 'UNHEALTHY' ||
      one.task.onDrainingInstance ||
      draft.service.rebalancing?.taskKey === one.task.key ||
      !isProtected(draft, one),
  );
}

function removeLeaving(draft: Draft, one: Judged): boolean {
  if (one.state === 'UNHEALTHY') return stopSick(draft, one);
  const primary = primaryOf(draft.service);
  return stop(draft, one, reasonFor(draft, one, primary?.id ?? one.task.deploymentId));
}

interface Starting extends Room {
  readonly primary: DeploymentRecord;
  readonly percents: Percents;
  /** How many of those that leave should still run. */
  readonly target: number;
}

function start(draft: Draft, parts: Parts, at: Starting): void {
  const { primary, desired, percents, target } = at;
  const { kept, live, failing } = parts;
  const { service, view } = draft;
  const may = service.status === 'ACTIVE' && launches(draft, primary);
  const need = may ? Math.max(0, desired - kept.length - failing) : 0;
  const restore = service.status === 'ACTIVE' ? restoring(draft, parts, target) : undefined;
  let room = Math.max(0, percents.max - live);
  const blocked = service.backOff?.unplaced === true;
  makeRoom(draft, parts, { ...at, lacking: need - (blocked ? 0 : room) });
  if (view.nowMs < (service.backOff?.untilMs ?? 0)) return draft.wakeAt(service.backOff?.untilMs);
  const healthy = parts.wanted.filter(({ state }) => state === 'HEALTHY').length;
  // By turns once starts fail: neither a broken revision that once worked nor a broken new one keeps the other from starting.
  const restoreFirst = restore !== undefined && healthy < percents.min && (service.backOff?.failures ?? 0) % 2 === 0;
  if (restoreFirst) room -= add(draft, restore.id, Math.min(restore.count, room));
  room -= add(draft, primary.id, Math.min(need, room));
  if (restore !== undefined && !restoreFirst) room -= add(draft, restore.id, Math.min(restore.count, room));
  const hindered = need > 0 && draft.starts.length === 0 && draft.stops.length === 0 && parts.wanted.length === live;
  if (hindered && percents.max <= live) tellHindered(draft, events.hindered(service.name));
}

/** A PRIMARY that failed launches nothing any more. */
function launches({ service }: Draft, { id }: DeploymentRecord): boolean {
  return service.deployments.some((one) => one.id === id && one.status === 'PRIMARY' && one.rolloutState !== 'FAILED');
}

/** Tasks of the earlier deployment that worked, which ended while they are still needed. */
function restoring(
  { service }: Draft,
  { leaving, wanted }: Parts,
  target: number,
): { readonly id: string; readonly count: number } | undefined {
  const fallback = fallbackOf(service);
  if (fallback === undefined) return undefined;
  const serving = leaving.filter(({ state }) => state !== 'UNHEALTHY').length;
  const own = wanted.filter(({ task, state }) => task.deploymentId === fallback.id && state !== 'UNHEALTHY').length;
  const count = Math.min(target - serving, fallback.desiredCount - own);
  return count > 0 ? { id: fallback.id, count } : undefined;
}

/** Where `maximumPercent`, or the cluster, has no room for what is needed, tasks that leave go first, as far as `minimumHealthyPercent` lets them. */
function makeRoom(draft: Draft, parts: Parts, at: Starting & { readonly lacking: number }): void {
  const { leaving, wanted, live } = parts;
  const stopped = new Set(draft.stops.map(({ taskKey }) => taskKey));
  let lacking = at.lacking - (live - wanted.length) - stopped.size;
  if (lacking <= 0) return;
  const candidates = retirable(draft, leaving).filter(({ task }) => !stopped.has(task.key));
  for (const one of scaleInOrder(candidates, wanted)) {
    if (lacking <= 0) return;
    if (!at.spare.take(one)) continue;
    if (!removeLeaving(draft, one)) return;
    lacking -= 1;
  }
}

/** @returns how many it asked for */
export function add(draft: Draft, deploymentId: string, count: number): number {
  const zone = draft.service.rebalancing?.zone;
  let added = 0;
  while (added < count && draft.take(startCost)) added += 1;
  if (added > 0) draft.starts.push({ deploymentId, count: added, ...(zone === undefined ? {} : { zone }) });
  return added;
}

/** Earlier deployments never grow again: what they lost on purpose, or need no more, is gone from their desired count. */
function noteOldCounts(draft: Draft, { wanted }: Parts, target: number): void {
  const stopped = new Set(draft.stops.map(({ taskKey }) => taskKey));
  const fallback = fallbackOf(draft.service)?.id;
  for (const { id, status, desiredCount } of draft.service.deployments) {
    if (status === 'PRIMARY') continue;
    const own = wanted.filter(({ task }) => task.deploymentId === id);
    const stops = own.filter(({ task }) => stopped.has(task.key)).length;
    const left = own.length - stops;
    const needed = id === fallback ? Math.max(left, Math.min(desiredCount - stops, target)) : left;
    changeDeployment(draft, id, { desiredCount: Math.max(0, Math.min(desiredCount, needed)) });
  }
}

export function tellHindered(draft: Draft, event: string): void {
  draft.hindered = true;
  if (draft.service.hindered === true) return;
  draft.events.push(event);
  draft.service = { ...draft.service, hindered: true };
}
