import { changeDeployment, primaryOf } from '../deployments/rollouts.ts';
import type { DeploymentRecord } from '../records/service.ts';
import { startCost, type Draft } from './decision.ts';
import { isFailing, type Judged } from './health.ts';
import { percentsOf, Spare } from './limits.ts';
import { reasons, stop, stopSick } from './stopping.ts';
import type { ViewedInstance } from './view.ts';

/**
 * One task on each container instance that takes tasks of the service, and none elsewhere. The desired count follows from the instances.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_services.html (daemon)
 */
export function decideDaemon(draft: Draft, judged: readonly Judged[]): void {
  const instances = draft.view.instances.filter(({ takesTasks }) => takesTasks);
  const desired = instances.length;
  const primary = primaryOf(draft.service);
  if (primary === undefined) return;
  if (draft.service.desiredCount !== desired) draft.service = { ...draft.service, desiredCount: desired };
  changeDeployment(draft, primary.id, { desiredCount: desired });
  const open = judged.filter(({ state }) => state !== 'ENDED');
  const wanted = open.filter(({ state }) => state !== 'STOPPING');
  const here = new Set(instances.map(({ key }) => key));
  const elsewhere = wanted.filter(({ task }) => !here.has(task.instanceKey ?? ''));
  for (const one of elsewhere)
    if (!stop(draft, one, one.task.onDrainingInstance ? reasons.draining : reasons.scaling(primary.id))) return;
  const { min, max } = percentsOf(draft.service, desired);
  const counted = wanted.filter((one) => !elsewhere.includes(one));
  const round: Round = { primary, spare: new Spare(counted, min), room: Math.max(0, max - open.length) };
  const byInstance = new Map<string, Judged[]>();
  for (const one of open) {
    const key = one.task.instanceKey ?? '';
    byInstance.set(key, [...(byInstance.get(key) ?? []), one]);
  }
  for (const instance of instances) settle(draft, round, { instance, tasks: byInstance.get(instance.key) ?? [] });
  noteOldCounts(draft, wanted);
}

interface Round {
  readonly primary: DeploymentRecord;
  readonly spare: Spare;
  /** How many tasks `maximumPercent` lets start. */
  room: number;
}

/** What one instance needs. */
function settle(
  draft: Draft,
  round: Round,
  { instance, tasks }: { readonly instance: ViewedInstance; readonly tasks: readonly Judged[] },
): void {
  const { primary } = round;
  const wanted = tasks.filter(({ state }) => state !== 'STOPPING');
  const own = wanted.filter(({ task, state }) => task.deploymentId === primary.id && state !== 'UNHEALTHY');
  const [kept, ...doubles] = own;
  for (const one of doubles) if (!stop(draft, one, reasons.scaling(primary.id))) return;
  for (const one of wanted) if (one.state === 'UNHEALTHY' && !stopSick(draft, one)) return;
  const old = wanted.filter(({ task, state }) => task.deploymentId !== primary.id && state !== 'UNHEALTHY');
  if (kept !== undefined) {
    if (kept.state === 'HEALTHY') retire(draft, round, old);
    return;
  }
  if (tasks.some(isFailing) || !mayStart(draft, primary, instance)) return;
  // Beside another one only where there may be more tasks than instances; else that one goes first.
  if (round.room > 0 && draft.take(startCost)) {
    round.room -= 1;
    draft.starts.push({ deploymentId: primary.id, count: 1, instanceKey: instance.key });
  } else if (round.room <= 0) retire(draft, round, old);
}

function retire(draft: Draft, { spare, primary }: Round, old: readonly Judged[]): void {
  for (const one of old) if (spare.take(one) && !stop(draft, one, reasons.scaling(primary.id))) return;
}

function mayStart(draft: Draft, { id }: DeploymentRecord, instance: ViewedInstance): boolean {
  const { service, view } = draft;
  const failed = service.deployments.some((one) => one.id === id && one.rolloutState === 'FAILED');
  const untilMs = service.backOff?.untilMs ?? 0;
  if (view.nowMs < untilMs) draft.wakeAt(untilMs);
  return instance.connected && !failed && view.nowMs >= untilMs;
}

function noteOldCounts(draft: Draft, wanted: readonly Judged[]): void {
  const stopped = new Set(draft.stops.map(({ taskKey }) => taskKey));
  for (const { id, status } of draft.service.deployments) {
    if (status === 'PRIMARY') continue;
    const left = wanted.filter(({ task }) => task.deploymentId === id && !stopped.has(task.key)).length;
    changeDeployment(draft, id, { desiredCount: left });
  }
}
