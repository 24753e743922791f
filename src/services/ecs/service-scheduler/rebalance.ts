import { primaryOf } from '../deployments/rollouts.ts';
import type { ServiceRecord } from '../records/service.ts';
import type { Draft } from './decision.ts';
import { events } from './events.ts';
import type { Judged } from './health.ts';
import type { Percents } from './limits.ts';
import { scaleInOrder } from './scale-in.ts';
import { isProtected } from './stopping.ts';

/**
 * Chooses a task that gives way to a new one in another zone, when the service is steady, has room for one more, and one zone has at least two tasks
 * more than another.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
 */
export function rebalance(draft: Draft, judged: readonly Judged[], { max }: Percents): void {
  if (draft.service.rebalancing !== undefined) return goOn(draft, judged);
  if (!isDue(draft, judged, max)) return;
  const { service, view } = draft;
  const counts = perZone(view.zones, judged);
  const ordered = [...counts].sort(([left, a], [right, b]) => a - b || (left < right ? -1 : 1));
  const [least] = ordered;
  const most = ordered.at(-1);
  if (least === undefined || most === undefined || most[1] - least[1] < 2) return;
  const candidates = judged.filter((one) => one.task.zone === most[0] && !isProtected(draft, one));
  for (const { task } of scaleInOrder(candidates, judged)) {
    draft.events.push(events.unbalanced(service.name, counts));
    draft.service = { ...service, rebalancing: { taskKey: task.key, zone: least[0] } };
    return;
  }
}

function isDue({ service, view }: Draft, judged: readonly Judged[], max: number): boolean {
  const primary = primaryOf(service);
  return (
    service.status === 'ACTIVE' &&
    service.schedulingStrategy === 'REPLICA' &&
    service.availabilityZoneRebalancing === 'ENABLED' &&
    service.deployments.length === 1 &&
    primary?.rolloutState === 'COMPLETED' &&
    max > service.desiredCount &&
    judged.length === service.desiredCount &&
    judged.every(({ state, task }) => state === 'HEALTHY' && !task.onDrainingInstance) &&
    view.nowMs >= (service.rebalanceAtMs ?? 0)
  );
}

/** Done when the task that gives way is going; given up when there was no room in the other zone, or something else came. */
function goOn(draft: Draft, judged: readonly Judged[]): void {
  const { service, view } = draft;
  const leaving = judged.find(({ task }) => task.key === service.rebalancing?.taskKey);
  const waits = leaving !== undefined && leaving.state !== 'STOPPING' && leaving.state !== 'ENDED';
  const failed = service.backOff !== undefined || service.deployments.length > 1 || service.status !== 'ACTIVE';
  if (waits && !failed) return;
  draft.service = withoutRebalancing(service);
  if (failed) draft.service = { ...draft.service, rebalanceAtMs: view.nowMs + view.settings.rebalancePauseMs };
  const running = judged.filter(({ state }) => state !== 'STOPPING' && state !== 'ENDED');
  const counts = perZone(view.zones, running);
  const sizes = [...counts.values()];
  if (!failed && Math.max(...sizes) - Math.min(...sizes) < 2) draft.events.push(events.balanced(service.name, counts));
}

function withoutRebalancing(service: ServiceRecord): ServiceRecord {
  const { rebalancing: _over, ...rest } = service;
  return rest;
}

function perZone(zones: readonly string[], judged: readonly Judged[]): ReadonlyMap<string, number> {
  const counts = new Map(zones.map((zone) => [zone, 0]));
  for (const { task } of judged) {
    if (task.zone !== undefined && counts.has(task.zone)) counts.set(task.zone, (counts.get(task.zone) ?? 0) + 1);
  }
  return counts;
}
