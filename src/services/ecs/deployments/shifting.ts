import type { ServiceDeploymentRecord, RevisionShare } from '../records/service-deployment.ts';
import type { ServiceRevisionRecord } from '../records/service-revision.ts';
import { targetGroupsOf } from '../records/service-revision.ts';
import type { DeploymentRecord } from '../records/service.ts';
import type { Draft } from '../service-scheduler/decision.ts';
import type { Judged } from '../service-scheduler/health.ts';
import { begun, complete } from './beginning-and-end.ts';
import { giveUp, reasonToGiveUp, requested } from './giving-up.ts';
import { isOpen, rollbackRuns, withExpiredHooks } from './hook-runs.ts';
import { advanceLifecycle } from './lifecycle.ts';
import type { Failure } from './rollback.ts';
import { blueOf, primaryOf } from './rollouts.ts';
import { areApart, rulesOf, type ShiftedRule } from './shifted-rules.ts';
import { neededWeights } from './traffic.ts';

/**
 * Moves a BLUE_GREEN, LINEAR or CANARY deployment on: its stage, the weights of its rules, and back if it fails. Its tasks are decided elsewhere.
 * Such a deployment always rolls back when it fails, whatever the circuit breaker's and alarms' `rollback` say: traffic does not stay divided.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html
 */
export function advanceShifting(draft: Draft, primary: DeploymentRecord, judged: readonly Judged[]): void {
  const row = draft.serviceDeployment(primary.serviceDeploymentId);
  if (row === undefined || primary.rolloutState !== 'IN_PROGRESS') return;
  switch (row.status) {
    case 'PENDING':
      return draft.writeServiceDeployment(begun(row, draft));
    case 'STOP_REQUESTED':
    case 'ROLLBACK_REQUESTED':
      return goBack(draft, primary, requested);
    case 'ROLLBACK_IN_PROGRESS':
      return goOnBack(draft, row);
    case 'IN_PROGRESS':
      return progress(draft, { primary, row, judged });
    default:
      return;
  }
}

interface Progress {
  readonly primary: DeploymentRecord;
  readonly row: ServiceDeploymentRecord;
  readonly judged: readonly Judged[];
}

function progress(draft: Draft, at: Progress): void {
  const { primary, row } = at;
  const green = draft.view.revisions.get(primary.revisionId);
  if (green === undefined) return;
  const blue = blueOf(draft.service);
  // Once blue goes there is no way back.
  if (row.lifecycleStage !== 'CLEAN_UP') {
    const reason = reasonToGiveUp(draft, primary, row);
    if (reason !== undefined) return goBack(draft, primary, reason.failure);
    const lost = rulesOf(green).find(({ ruleArn }) => !draft.view.traffic.has(ruleArn));
    if (lost !== undefined) return goBack(draft, primary, lostRule(lost.ruleArn));
  }
  const decided = advanceLifecycle({ deployment: row, ...facts(draft, at, blue), nowMs: draft.view.nowMs });
  draft.wakeAt(decided.wakeAtMs);
  if (decided.failed !== undefined) return goBack(draft, primary, hookFailed(decided.failed));
  const next = withShares(decided.deployment, decided, blue?.revisionId);
  if (next !== row) draft.writeServiceDeployment(next);
  if (decided.blueMayGo && draft.service.completedRevisionId !== primary.revisionId)
    draft.service = { ...draft.service, completedRevisionId: primary.revisionId };
  const source = blue === undefined ? undefined : draft.view.revisions.get(blue.revisionId);
  for (const rule of rulesOf(green)) shift(draft, rule, { percent: decided[rule.kind], source });
  if (decided.succeeded) complete(draft, primary);
}

/** What the lifecycle must know of the tasks. */
function facts(draft: Draft, { primary, row, judged }: Progress, blue: DeploymentRecord | undefined) {
  const live = judged.filter(({ state }) => state !== 'ENDED');
  const healthyOf = (id: string | undefined): number =>
    live.filter(({ task, state }) => task.deploymentId === id && state === 'HEALTHY').length;
  const desired = draft.service.desiredCount;
  const others = live.filter(({ task }) => task.deploymentId !== primary.id);
  const blueServes = healthyOf(blue?.id) >= desired;
  const overtaken = others.filter(
    ({ task, state }) =>
      blue !== undefined &&
      task.deploymentId !== blue.id &&
      state !== 'STOPPING' &&
      (blueServes || isApart(draft, blue, task.deploymentId)),
  );
  return {
    greenHealthy: healthyOf(primary.id) >= desired,
    blueGone: others.length === 0,
    // What stands in for blue, which does not run, may stay until green serves: blue may never run.
    reconciled: overtaken.length === 0,
    sourceCount: row.sources.length,
  };
}

/** Is a rollout in other target groups than blue? */
function isApart({ service, view }: Draft, blue: DeploymentRecord, id: string): boolean {
  const revisionId = service.deployments.find((one) => one.id === id)?.revisionId ?? '';
  const [own, other] = [view.revisions.get(blue.revisionId), view.revisions.get(revisionId)];
  return own !== undefined && other !== undefined && areApart(own, other);
}

/** Without a source behind the other group nobody has the traffic that would be taken away, and before the shift the rule stays as it is. */
function shift(
  draft: Draft,
  { ruleArn, pair }: ShiftedRule,
  { percent, source }: { readonly percent: number; readonly source: ServiceRevisionRecord | undefined },
): void {
  const shared = source !== undefined && targetGroupsOf(source).includes(pair.from);
  if (percent < 100 && !shared) return;
  const weights = neededWeights(draft.view.traffic.get(ruleArn) ?? [], pair, percent);
  if (weights !== undefined) draft.shift({ ruleArn, weights });
}

/** Gives the PRIMARY's revision all traffic of its rules; what is gone of them is left alone. */
function restoreTraffic(draft: Draft): void {
  const revision = draft.view.revisions.get(primaryOf(draft.service)?.revisionId ?? '');
  if (revision === undefined) return;
  for (const { ruleArn, pair } of rulesOf(revision)) {
    const present = draft.view.traffic.get(ruleArn);
    const weights = present === undefined ? undefined : neededWeights(present, pair, 100);
    if (weights !== undefined) draft.shift({ ruleArn, weights });
  }
}

/** The way back, in one transaction with the weights. The hooks that hear of it are called then. */
function goBack(draft: Draft, primary: DeploymentRecord, failure: Failure): void {
  giveUp(draft, primary, { failure, rollback: true });
  const row = draft.serviceDeployment(primary.serviceDeploymentId);
  if (row?.status !== 'ROLLBACK_IN_PROGRESS') return;
  restoreTraffic(draft);
  const shifted = row.target.productionTrafficWeight !== undefined;
  const back = shifted ? withShares(row, { production: 0, test: 0 }, row.rollback?.revisionId) : row;
  draft.writeServiceDeployment({ ...back, hooks: rollbackRuns(row, draft.view.nowMs) });
}

/** A hook that fails, or does not answer in time, holds a rollback up no longer: the traffic is back already. */
function goOnBack(draft: Draft, row: ServiceDeploymentRecord): void {
  restoreTraffic(draft);
  const { nowMs } = draft.view;
  const next = withExpiredHooks(row, nowMs);
  if (next !== row) draft.writeServiceDeployment(next);
  for (const run of next.hooks) if (isOpen(run)) draft.wakeAt(run.expiresAtMs);
}

function withShares(
  row: ServiceDeploymentRecord,
  { production, test }: { readonly production: number; readonly test: number },
  blueRevisionId: string | undefined,
): ServiceDeploymentRecord {
  if (row.target.productionTrafficWeight === production && row.target.testTrafficWeight === test) return row;
  const share = (one: RevisionShare, productionTrafficWeight: number, testTrafficWeight: number): RevisionShare => ({
    ...one,
    productionTrafficWeight,
    testTrafficWeight,
  });
  return {
    ...row,
    target: share(row.target, production, test),
    sources: row.sources.map((one) =>
      one.revisionId === blueRevisionId ? share(one, 100 - production, 100 - test) : one,
    ),
  };
}

/** `what` is a sentence, with its full stop. AWS's event repeats the whole reason. */
function hookFailed(what: string): Failure {
  const rolledBack = `Service deployment rolled back because ${what}`;
  return {
    event: withoutStop(rolledBack),
    by: 'ECS deployment lifecycle hook',
    rolledBack,
    stopped: `Service deployment stopped because ${what}`,
    marks: {},
  };
}

function withoutStop(sentence: string): string {
  return sentence.endsWith('.') ? sentence.slice(0, -1) : sentence;
}

/** AWS's reason begins so, and goes on with the answer of Elastic Load Balancing. */
function lostRule(arn: string): Failure {
  const what = `because of invalid networking configuration. The listener rule ${arn} does not forward to its target groups any more`;
  return {
    event: `Service deployment rolled back ${what}`,
    by: 'ECS deployment',
    rolledBack: `Service deployment rolled back ${what}.`,
    stopped: `Service deployment stopped ${what}.`,
    marks: {},
  };
}
