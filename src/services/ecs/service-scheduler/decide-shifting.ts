import { blueOf, changeDeployment, primaryOf } from '../deployments/rollouts.ts';
import { areApart } from '../deployments/shifted-rules.ts';
import { lifecycleStages, type ServiceDeploymentRecord } from '../records/service-deployment.ts';
import type { DeploymentRecord } from '../records/service.ts';
import type { Draft } from './decision.ts';
import type { Judged } from './health.ts';
import { hold, servesNow } from './hold.ts';
import { isProtected, reasons, stop } from './stopping.ts';

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
