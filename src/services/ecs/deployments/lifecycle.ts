import {
  lifecycleStages,
  type HookRun,
  type LifecycleStage,
  type ServiceDeploymentRecord,
} from '../records/service-deployment.ts';
import { dueCalls, endedRuns, hookFailure, isOpen, newRuns, withExpiredHooks } from './hook-runs.ts';
import { shiftStep, type ShiftStep } from './traffic.ts';

/** What a deployment that shifts traffic may look at, besides its own record. */
export interface LifecycleView {
  readonly deployment: ServiceDeploymentRecord;
  /** Every task asked of the target revision is healthy. */
  readonly greenHealthy: boolean;
  /** No task of another revision is left. */
  readonly blueGone: boolean;
  /** Nothing is left of deployments that this one overtook; only the revision with the production traffic runs. Absent: so. */
  readonly reconciled?: boolean;
  /** Revisions that were ACTIVE when it began; with more than one there is something to reconcile. */
  readonly sourceCount: number;
  readonly nowMs: number;
}

export interface LifecycleDecision {
  /** The record as it should be; the same object when nothing changed. */
  readonly deployment: ServiceDeploymentRecord;
  /** Percent of each kind of traffic that the target revision should get now; the sources get the rest. */
  readonly production: number;
  readonly test: number;
  /** The sources' tasks may go. */
  readonly blueMayGo: boolean;
  /** Lambda hooks to call now. */
  readonly calls: readonly HookRun[];
  /** Why it must be rolled back; nothing else of the decision counts then. */
  readonly failed?: string;
  /** It is over, and went well. */
  readonly succeeded: boolean;
  readonly wakeAtMs?: number;
}

const minuteMs = 60_000;

/** Whether a stage is over, and if not, when to look again (never means: when something changes). */
type Progress = { readonly done: true } | { readonly done: false; readonly wakeAtMs?: number };

/**
 * Takes a BLUE_GREEN, LINEAR or CANARY deployment as far through its stages as it can go now. Pure: hooks are called and weights set by whoever applies it.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html
 */
export function advanceLifecycle(view: LifecycleView): LifecycleDecision {
  const { nowMs } = view;
  let deployment =
    view.deployment.lifecycleStage === undefined ? entered(view.deployment, firstStage(view), nowMs) : view.deployment;
  for (;;) {
    deployment = withExpiredHooks(deployment, nowMs);
    const failure = hookFailure(deployment);
    if (failure !== undefined) return decided({ ...view, deployment }, { failed: failure });
    const stage = deployment.lifecycleStage ?? 'RECONCILE_SERVICE';
    const progress = stageProgress({ ...view, deployment }, stage);
    if (!progress.done) return decided({ ...view, deployment }, progress);
    const next = nextStage(deployment, nowMs);
    if (next === undefined) return decided({ ...view, deployment }, { succeeded: true });
    deployment = next;
  }
}

function firstStage({ sourceCount }: LifecycleView): LifecycleStage {
  return sourceCount > 1 ? 'RECONCILE_SERVICE' : 'PRE_SCALE_UP';
}

function decided(
  { deployment, nowMs }: LifecycleView,
  more: { readonly failed?: string; readonly succeeded?: boolean; readonly wakeAtMs?: number },
): LifecycleDecision {
  return {
    deployment,
    ...traffic(deployment),
    blueMayGo: deployment.lifecycleStage === 'CLEAN_UP',
    calls: more.failed === undefined ? dueCalls(deployment, nowMs) : [],
    succeeded: more.succeeded ?? false,
    ...(more.failed === undefined ? {} : { failed: more.failed }),
    ...(more.wakeAtMs === undefined ? {} : { wakeAtMs: more.wakeAtMs }),
  };
}

/** A service's first deployment has nobody to share traffic with: it gets all of it in one step. */
function stepOf({ sources, deploymentConfiguration }: ServiceDeploymentRecord, step: number): ShiftStep {
  return shiftStep(sources.length === 0 ? { strategy: 'BLUE_GREEN' } : deploymentConfiguration, step);
}

/** What the target revision should get of each kind of traffic, by stage. Before a step it has what the step before gave it. */
function traffic(deployment: ServiceDeploymentRecord): { readonly production: number; readonly test: number } {
  const { lifecycleStage = 'RECONCILE_SERVICE', shiftStep: step = 0 } = deployment;
  const at = lifecycleStages.indexOf(lifecycleStage);
  const test = at >= lifecycleStages.indexOf('TEST_TRAFFIC_SHIFT') ? 100 : 0;
  switch (lifecycleStage) {
    case 'PRE_PRODUCTION_TRAFFIC_SHIFT':
      return { test, production: step === 0 ? 0 : stepOf(deployment, step - 1).percent };
    case 'PRODUCTION_TRAFFIC_SHIFT':
      return { test, production: stepOf(deployment, step).percent };
    default:
      return { test, production: at > lifecycleStages.indexOf('PRODUCTION_TRAFFIC_SHIFT') ? 100 : 0 };
  }
}

/** The record at the beginning of the stage after its present one; undefined after the last. A shift in steps goes through its two stages for each of them. */
function nextStage(deployment: ServiceDeploymentRecord, nowMs: number): ServiceDeploymentRecord | undefined {
  const { lifecycleStage: stage = 'RECONCILE_SERVICE', shiftStep: step = 0 } = deployment;
  if (stage === 'PRODUCTION_TRAFFIC_SHIFT' && stepOf(deployment, step).percent < 100)
    return entered({ ...deployment, shiftStep: step + 1 }, 'PRE_PRODUCTION_TRAFFIC_SHIFT', nowMs);
  const next = lifecycleStages[lifecycleStages.indexOf(stage) + 1];
  if (next === undefined) return undefined;
  return entered(next === 'PRE_PRODUCTION_TRAFFIC_SHIFT' ? { ...deployment, shiftStep: 0 } : deployment, next, nowMs);
}

function entered(deployment: ServiceDeploymentRecord, stage: LifecycleStage, nowMs: number): ServiceDeploymentRecord {
  return {
    ...deployment,
    lifecycleStage: stage,
    stageStartedAtMs: nowMs,
    updatedAtMs: nowMs,
    hooks: [...endedRuns(deployment), ...newRuns(deployment, stage, nowMs)],
  };
}

function stageProgress(view: LifecycleView, stage: LifecycleStage): Progress {
  const own = ownProgress(view, stage);
  const waiting = view.deployment.hooks.filter((run) => run.stage === stage && isOpen(run));
  if (waiting.length === 0) return own;
  const wakes = [
    ...(own.done || own.wakeAtMs === undefined ? [] : [own.wakeAtMs]),
    ...waiting.map((run) => run.expiresAtMs),
    ...waiting.flatMap((run) => (run.nextCallAtMs === undefined ? [] : [run.nextCallAtMs])),
  ].filter((atMs) => atMs > view.nowMs);
  return wakes.length === 0 ? { done: false } : { done: false, wakeAtMs: Math.min(...wakes) };
}

/** What a stage waits for, apart from its hooks. */
function ownProgress(view: LifecycleView, stage: LifecycleStage): Progress {
  const { deployment, greenHealthy, blueGone, reconciled = true, nowMs } = view;
  const { deploymentConfiguration: configuration, stageStartedAtMs: startedMs = nowMs } = deployment;
  switch (stage) {
    case 'RECONCILE_SERVICE':
      return { done: reconciled };
    case 'SCALE_UP':
    // A hook or a pause may have held the deployment for days since.
    case 'PRE_PRODUCTION_TRAFFIC_SHIFT':
      return { done: greenHealthy };
    case 'PRODUCTION_TRAFFIC_SHIFT':
      return until(startedMs + stepOf(deployment, deployment.shiftStep ?? 0).bakeMs, nowMs);
    case 'BAKE_TIME':
      return until(startedMs + (configuration.bakeTimeInMinutes ?? 0) * minuteMs, nowMs);
    case 'CLEAN_UP':
      return { done: blueGone };
    default:
      return { done: true };
  }
}

function until(endMs: number, nowMs: number): Progress {
  return nowMs >= endMs ? { done: true } : { done: false, wakeAtMs: endMs };
}
