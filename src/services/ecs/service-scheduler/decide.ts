import { advanceDeployment, isShifting } from '../deployments/strategy.ts';
import { countFailure, forgetFailures, hasFailed, slowDown } from '../deployments/failures.ts';
import { conclude } from './conclude.ts';
import { Draft, noteCost, targetCost, type Decision } from './decision.ts';
import { decideDaemon } from './decide-daemon.ts';
import { decideReplica } from './decide-replica.ts';
import { decideShifting } from './decide-shifting.ts';
import { decideTaskSets } from './decide-task-sets.ts';
import { events, inTaskSet } from './events.ts';
import { judge, type Judged } from './health.ts';
import type { ServiceView, WantedTarget } from './view.ts';

/** What to do about a service now. Pure: the same view gives the same decision. */
export function decide(view: ServiceView): Decision {
  const draft = new Draft(view);
  const { nowMs, settings, service } = view;
  const graceSeconds = service.healthCheckGracePeriodSeconds ?? 0;
  const judged = view.tasks.map((task) => judge(task, { nowMs, settings, graceSeconds }));
  for (const { changesAtMs } of judged) draft.wakeAt(changesAtMs);
  const shifting = service.deploymentController === 'ECS' && isShifting(draft);
  if (shifting) advanceDeployment(draft, judged);
  noteEnds(draft, judged);
  noteHealthy(draft, judged);
  // Somebody else decides what is deployed; only the counts are kept.
  if (service.deploymentController !== 'ECS') {
    decideTaskSets(draft, judged);
    register(draft, judged);
    return draft.finish();
  }
  if (!shifting) advanceDeployment(draft, judged);
  if (isShifting(draft)) decideShifting(draft, judged);
  else if (service.schedulingStrategy === 'DAEMON' && service.status === 'ACTIVE') decideDaemon(draft, judged);
  else decideReplica(draft, judged);
  register(draft, judged);
  conclude(draft, judged);
  return draft.finish();
}

/** Each task that ended is taken note of once: its failure counts, and then nobody looks at it any more. */
function noteEnds(draft: Draft, judged: readonly Judged[]): void {
  for (const { task, state } of judged) {
    if (state !== 'ENDED') continue;
    if (!draft.take(noteCost)) return;
    draft.settled.push(task.key);
    if (draft.service.status !== 'ACTIVE' || !hasFailed(task)) continue;
    countFailure(draft, task.deploymentId);
    slowDown(draft, task);
  }
}

function noteHealthy(draft: Draft, judged: readonly Judged[]): void {
  for (const { task, state } of judged) {
    if (state !== 'HEALTHY' || task.healthyAtMs !== undefined) continue;
    if (!draft.take(noteCost)) return;
    draft.healthy.push(task.key);
    forgetFailures(draft, task.deploymentId);
  }
}

/** A task that runs and is to run, also after this decision, is in all its groups, or will be by this. */
function register(draft: Draft, judged: readonly Judged[]): void {
  const stopping = new Set(draft.stops.map(({ taskKey }) => taskKey));
  const perGroup = new Map<string, number>();
  for (const { task, state } of judged) {
    if (state === 'ENDED' || state === 'STOPPING' || state === 'STARTING') continue;
    if (stopping.has(task.key)) continue;
    const lost = task.wantedTargets.find((target) => target.lost === true);
    if (lost !== undefined) tellLostGroup(draft, lost.targetGroupArn);
    const targets = task.wantedTargets.filter((target) => target.lost !== true && !isRegistered(target, task.targets));
    if (targets.length === 0) continue;
    if (!draft.take(noteCost + targetCost * targets.length)) break;
    draft.registrations.push({ taskKey: task.key, targets });
    const { name, deploymentController } = draft.service;
    const said = deploymentController === 'ECS' ? name : inTaskSet(name, task.deploymentId);
    for (const { targetGroupArn } of targets) {
      const place = `${said} ${targetGroupArn}`;
      perGroup.set(place, (perGroup.get(place) ?? 0) + 1);
    }
  }
  for (const [place, count] of perGroup) {
    const at = place.lastIndexOf(' ');
    draft.events.push(events.registered(place.slice(0, at), count, place.slice(at + 1)));
  }
}

function tellLostGroup(draft: Draft, group: string): void {
  draft.hindered = true;
  if (draft.service.hindered === true) return;
  draft.events.push(events.cannotRegister(draft.service.name, group, 'The specified target group does not exist.'));
  draft.service = { ...draft.service, hindered: true };
}

function isRegistered(wanted: WantedTarget, known: Judged['task']['targets']): boolean {
  if (wanted.health === undefined || wanted.health.state === 'draining') return false;
  return known.some(
    ({ targetGroupArn, id, port }) =>
      targetGroupArn === wanted.targetGroupArn && id === wanted.id && port === wanted.port,
  );
}
