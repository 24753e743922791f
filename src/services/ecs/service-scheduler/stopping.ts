import { countFailure } from '../deployments/failures.ts';
import { stopCost, targetCost, type Draft } from './decision.ts';
import { primaryOf } from '../deployments/rollouts.ts';
import { events, inTaskSet } from './events.ts';
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
      events.unhealthyTarget(name, {
        taskKey: task.key,
        ...(sickTarget.address === undefined ? {} : { instance: sickTarget.id }),
        port: sickTarget.port,
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

/** The events of the stops of a turn: what stops, what leaves its groups, what drains. */
export function tellStops(draft: Draft, judged: readonly Judged[]): void {
  const { stops, service } = draft;
  if (stops.length === 0) return;
  const balanced = new Set(stops.filter(({ reason }) => reason === reasons.balance).map(({ taskKey }) => taskKey));
  const stopping = new Set(stops.map(({ taskKey }) => taskKey));
  const stopped = judged.filter(({ task }) => stopping.has(task.key)).map(({ task }) => task);
  const others = stopped.filter(({ key }) => !balanced.has(key));
  const running = others.filter(({ startedAtMs }) => startedAtMs !== undefined);
  if (running.length > 0)
    draft.events.push(
      events.stopped(
        service.name,
        running.map(({ key }) => key),
      ),
    );
  if (others.length > running.length)
    draft.events.push(events.stoppedPending(service.name, others.length - running.length));
  for (const { key, zone = '' } of stopped)
    if (balanced.has(key)) draft.events.push(events.stoppedForBalance(service.name, zone, [key]));
  tellTargets(draft, stopped);
}

/** Of an earlier deployment, and of task sets, AWS says which. */
function tellTargets(draft: Draft, stopped: readonly Judged['task'][]): void {
  const { service } = draft;
  const deregistered = new Map<string, number>();
  const draining = new Map<string, number>();
  const count = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const { deploymentId, targets } of stopped) {
    if (targets.length === 0) continue;
    const named = inTaskSet(service.name, deploymentId);
    count(draining, primaryOf(service)?.id === deploymentId ? service.name : named);
    for (const { targetGroupArn } of targets)
      count(deregistered, `${service.deploymentController === 'ECS' ? service.name : named} ${targetGroupArn}`);
  }
  for (const [key, targets] of deregistered) {
    const at = key.lastIndexOf(' ');
    draft.events.push(events.deregistered(key.slice(0, at), targets, key.slice(at + 1)));
  }
  for (const [name, tasks] of draining) draft.events.push(events.draining(name, tasks));
}
