import { countFailure } from '../deployments/failures.ts';
import { stopCost, targetCost, type Draft } from './decision.ts';
import { events } from './events.ts';
import type { Judged } from './health.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html */
export const reasons = {
  scaling: (deploymentId: string) => `Scaling activity initiated by (deployment ${deploymentId})`,
  containers: 'Task failed container health checks',
  target: (targetGroupArn: string) => `Task failed ELB health checks in (target-group ${targetGroupArn})`,
  draining: 'Task stopped because its container instance is DRAINING',
  balance: 'Task stopped because of Availability Zone rebalancing',
} as const;

/** Decides to stop a task. @returns false when this turn has no room for it */
export function stop(draft: Draft, one: Judged, reason: string): boolean {
  const { task } = one;
  if (!draft.take(stopCost + targetCost * task.targets.length)) return false;
  draft.stops.push({ taskKey: task.key, stopCode: 'ServiceSchedulerInitiated', reason });
  return true;
}

/** Stops an unhealthy task, which counts as failed if its deployment is in progress. @returns as `stop` */
export function stopSick(draft: Draft, one: Judged): boolean {
  const { task, sickTarget } = one;
  const { name } = draft.service;
  const group = sickTarget?.targetGroupArn ?? '';
  if (!stop(draft, one, sickTarget === undefined ? reasons.containers : reasons.target(group))) return false;
  if (sickTarget === undefined) draft.events.push(events.unhealthyContainers(name, task.key));
  else
    draft.events.push(
      events.unhealthyTarget(name, sickTarget.port, {
        group,
        reason: sickTarget.health?.description ?? sickTarget.health?.reason ?? 'Health checks failed',
      }),
    );
  countFailure(draft, task.deploymentId);
  return true;
}

/** Does scale-in protection hold? It ends with the service. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html */
export function isProtected(draft: Draft, { task }: Judged): boolean {
  if (draft.service.status !== 'ACTIVE' || task.protectedUntilMs === undefined) return false;
  draft.wakeAt(task.protectedUntilMs);
  return task.protectedUntilMs > draft.view.nowMs;
}

/** The events of the stops of a turn: what drains, what leaves its groups, what stops. */
export function tellStops(draft: Draft, judged: readonly Judged[]): void {
  const { stops, service } = draft;
  if (stops.length === 0) return;
  const stopping = new Set(stops.map(({ taskKey }) => taskKey));
  const groups = new Map<string, number>();
  let draining = 0;
  for (const { task } of judged) {
    if (!stopping.has(task.key) || task.targets.length === 0) continue;
    draining += 1;
    for (const { targetGroupArn } of task.targets) groups.set(targetGroupArn, (groups.get(targetGroupArn) ?? 0) + 1);
  }
  for (const [group, count] of groups) draft.events.push(events.deregistered(service.name, count, group));
  if (draining > 0) draft.events.push(events.draining(service.name, draining));
  const balanced = stops.filter(({ reason }) => reason === reasons.balance).map(({ taskKey }) => taskKey);
  const others = stops.filter(({ reason }) => reason !== reasons.balance).map(({ taskKey }) => taskKey);
  if (others.length > 0) draft.events.push(events.stopped(service.name, others));
  for (const key of balanced) {
    const zone = judged.find(({ task }) => task.key === key)?.task.zone ?? '';
    draft.events.push(events.stoppedForBalance(service.name, zone, [key]));
  }
}
