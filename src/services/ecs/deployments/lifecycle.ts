import type { DeploymentConfiguration } from '../../../protocol/generated/ecs.ts';
import {
  lifecycleStages,
  type HookRun,
  type LifecycleStage,
  type ServiceDeploymentRecord,
} from '../records/service-deployment.ts';
import { productionShift, type Shift } from './traffic.ts';

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
/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentLifecycleHookTimeoutConfiguration.html */
const defaultHookTimeoutMinutes = 1_440;

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
    const next = lifecycleStages[lifecycleStages.indexOf(stage) + 1];
    if (next === undefined) return decided({ ...view, deployment }, { succeeded: true });
    deployment = entered(deployment, next, nowMs);
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
    ...traffic(deployment, nowMs),
    blueMayGo: deployment.lifecycleStage === 'CLEAN_UP',
    calls: more.failed === undefined ? dueCalls(deployment, nowMs) : [],
    succeeded: more.succeeded ?? false,
    ...(more.failed === undefined ? {} : { failed: more.failed }),
    ...(more.wakeAtMs === undefined ? {} : { wakeAtMs: more.wakeAtMs }),
  };
}

/** Hooks that are to be called now. */
export function dueCalls({ hooks }: Pick<ServiceDeploymentRecord, 'hooks'>, nowMs: number): readonly HookRun[] {
  return hooks.filter((run) => run.status === 'IN_PROGRESS' && (run.nextCallAtMs ?? run.startedAtMs) <= nowMs);
}

/** A service's first deployment has nobody to share traffic with: it gets all of it in one step. */
function shiftOf({ sources, deploymentConfiguration }: ServiceDeploymentRecord, elapsedMs: number): Shift {
  return sources.length === 0 ? { percent: 100 } : productionShift(deploymentConfiguration, elapsedMs);
}

/** What the target revision should get of each kind of traffic, by stage. */
function traffic(
  deployment: ServiceDeploymentRecord,
  nowMs: number,
): { readonly production: number; readonly test: number } {
  const stage = lifecycleStages.indexOf(deployment.lifecycleStage ?? 'RECONCILE_SERVICE');
  const shift = lifecycleStages.indexOf('PRODUCTION_TRAFFIC_SHIFT');
  const elapsedMs = nowMs - (deployment.stageStartedAtMs ?? nowMs);
  return {
    test: stage >= lifecycleStages.indexOf('TEST_TRAFFIC_SHIFT') ? 100 : 0,
    production: stage > shift ? 100 : stage === shift ? shiftOf(deployment, elapsedMs).percent : 0,
  };
}

function entered(deployment: ServiceDeploymentRecord, stage: LifecycleStage, nowMs: number): ServiceDeploymentRecord {
  return {
    ...deployment,
    lifecycleStage: stage,
    stageStartedAtMs: nowMs,
    updatedAtMs: nowMs,
    hooks: [...deployment.hooks, ...newRuns(deployment, stage, nowMs)],
  };
}

/** One run for each hook of the stage. The id is made of what it is for, so that deciding twice makes no second run. */
function newRuns(deployment: ServiceDeploymentRecord, stage: LifecycleStage, nowMs: number): readonly HookRun[] {
  return (deployment.deploymentConfiguration.lifecycleHooks ?? []).flatMap((hook, index) => {
    if (!(hook.lifecycleStages ?? []).some((named) => named === stage)) return [];
    const pause = hook.targetType === 'PAUSE';
    const minutes = hook.timeoutConfiguration?.timeoutInMinutes ?? defaultHookTimeoutMinutes;
    return {
      id: `ecs-${pause ? 'pause' : 'lambda'}-${deployment.id}-${index}-${stage.toLowerCase().replaceAll('_', '-')}`,
      hook: index,
      stage,
      status: pause ? ('AWAITING_ACTION' as const) : ('IN_PROGRESS' as const),
      startedAtMs: nowMs,
      expiresAtMs: nowMs + minutes * minuteMs,
    };
  });
}

function isOpen({ status }: HookRun): boolean {
  return status === 'AWAITING_ACTION' || status === 'IN_PROGRESS';
}

/** A hook whose time is over has timed out; whether that ends the deployment is for `hookFailure`. */
function withExpiredHooks(deployment: ServiceDeploymentRecord, nowMs: number): ServiceDeploymentRecord {
  if (!deployment.hooks.some((run) => isOpen(run) && run.expiresAtMs <= nowMs)) return deployment;
  return {
    ...deployment,
    updatedAtMs: nowMs,
    hooks: deployment.hooks.map((run) =>
      isOpen(run) && run.expiresAtMs <= nowMs ? { ...run, status: 'TIMED_OUT' } : run,
    ),
  };
}

function hookFailure({ hooks, deploymentConfiguration }: ServiceDeploymentRecord): string | undefined {
  for (const run of hooks) {
    if (run.status === 'FAILED')
      return `Lifecycle hook failed at ${run.stage}${run.reason === undefined ? '' : `: ${run.reason}`}.`;
    const action = deploymentConfiguration.lifecycleHooks?.[run.hook]?.timeoutConfiguration?.action ?? 'ROLLBACK';
    if (run.status === 'TIMED_OUT' && action === 'ROLLBACK') return `Lifecycle hook timed out at ${run.stage}.`;
  }
  return undefined;
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
    case 'PRODUCTION_TRAFFIC_SHIFT': {
      const { percent, nextAfterMs } = shiftOf(deployment, nowMs - startedMs);
      if (percent >= 100) return { done: true };
      return { done: false, ...(nextAfterMs === undefined ? {} : { wakeAtMs: startedMs + nextAfterMs }) };
    }
    case 'BAKE_TIME': {
      const endMs = startedMs + bakeMs(configuration);
      return nowMs >= endMs ? { done: true } : { done: false, wakeAtMs: endMs };
    }
    case 'CLEAN_UP':
      return { done: blueGone };
    default:
      return { done: true };
  }
}

function bakeMs({ bakeTimeInMinutes = 0 }: DeploymentConfiguration): number {
  return bakeTimeInMinutes * minuteMs;
}
