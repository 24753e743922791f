import {
  lifecycleStages,
  type HookRun,
  type LifecycleStage,
  type ServiceDeploymentRecord,
} from '../records/service-deployment.ts';

const minuteMs = 60_000;
/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentLifecycleHookTimeoutConfiguration.html */
const defaultTimeoutMinutes = 1_440;
/** Runs that ended and are still shown; a shift in many steps has more than anybody reads. */
const maxEndedRuns = 50;
/** Those whose hooks are called again in a rollback. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/lambda-lifecycle-hooks.html */
const rollbackStages = ['PRODUCTION_TRAFFIC_SHIFT', 'TEST_TRAFFIC_SHIFT'] as const;
/** Those that a shift in steps goes through for each step. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-lifecycle-hooks.html */
const stepStages: readonly LifecycleStage[] = ['PRE_PRODUCTION_TRAFFIC_SHIFT', 'PRODUCTION_TRAFFIC_SHIFT'];

export function isOpen({ status }: HookRun): boolean {
  return status === 'AWAITING_ACTION' || status === 'IN_PROGRESS';
}

/** Hooks that are to be called now. */
export function dueCalls({ hooks }: Pick<ServiceDeploymentRecord, 'hooks'>, nowMs: number): readonly HookRun[] {
  return hooks.filter((run) => run.status === 'IN_PROGRESS' && (run.nextCallAtMs ?? run.startedAtMs) <= nowMs);
}

/** The last runs that ended. */
export function endedRuns({ hooks }: Pick<ServiceDeploymentRecord, 'hooks'>): readonly HookRun[] {
  return hooks.filter((run) => !isOpen(run)).slice(-maxEndedRuns);
}

/** One run for each hook of the stage. The id is made of what it is for, so that deciding twice makes no second run. */
export function newRuns(deployment: ServiceDeploymentRecord, stage: LifecycleStage, nowMs: number): readonly HookRun[] {
  const step = stepStages.includes(stage) ? (deployment.shiftStep ?? 0) : 0;
  return runsOf(deployment, stage, { nowMs, suffix: step === 0 ? '' : `-${step + 1}` });
}

/**
 * The runs of a deployment that goes back: once more the hooks of the stages at which it shifted traffic, all at once, because all traffic goes back at
 * once. What was open before is not waited for any more.
 */
export function rollbackRuns(deployment: ServiceDeploymentRecord, nowMs: number): readonly HookRun[] {
  const reached = lifecycleStages.indexOf(deployment.lifecycleStage ?? 'RECONCILE_SERVICE');
  const again = rollbackStages.filter((stage) => lifecycleStages.indexOf(stage) <= reached);
  return [
    ...endedRuns(deployment),
    ...again.flatMap((stage) => runsOf(deployment, stage, { nowMs, suffix: '-rollback' })),
  ];
}

function runsOf(
  { id, deploymentConfiguration }: ServiceDeploymentRecord,
  stage: LifecycleStage,
  { nowMs, suffix }: { readonly nowMs: number; readonly suffix: string },
): readonly HookRun[] {
  return (deploymentConfiguration.lifecycleHooks ?? []).flatMap((hook, index) => {
    if (!(hook.lifecycleStages ?? []).some((named) => named === stage)) return [];
    const pause = hook.targetType === 'PAUSE';
    const minutes = hook.timeoutConfiguration?.timeoutInMinutes ?? defaultTimeoutMinutes;
    return {
      id: `ecs-${pause ? 'pause' : 'lambda'}-${id}-${index}-${stage.toLowerCase().replaceAll('_', '-')}${suffix}`,
      hook: index,
      stage,
      status: pause ? ('AWAITING_ACTION' as const) : ('IN_PROGRESS' as const),
      startedAtMs: nowMs,
      expiresAtMs: nowMs + minutes * minuteMs,
    };
  });
}

/** A hook whose time is over has timed out; whether that ends the deployment is for `hookFailure`. */
export function withExpiredHooks(deployment: ServiceDeploymentRecord, nowMs: number): ServiceDeploymentRecord {
  if (!deployment.hooks.some((run) => isOpen(run) && run.expiresAtMs <= nowMs)) return deployment;
  return {
    ...deployment,
    updatedAtMs: nowMs,
    hooks: deployment.hooks.map((run) =>
      isOpen(run) && run.expiresAtMs <= nowMs ? { ...run, status: 'TIMED_OUT' } : run,
    ),
  };
}

/**
 * Why a hook ends the deployment, after "rolled back because", as a sentence.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshooting-blue-green.html
 */
export function hookFailure({ hooks, deploymentConfiguration }: ServiceDeploymentRecord): string | undefined {
  for (const run of hooks) {
    const hook = deploymentConfiguration.lifecycleHooks?.[run.hook];
    const pause = hook?.targetType === 'PAUSE';
    if (run.status === 'FAILED') {
      if (pause) return `the ${run.stage} pause hook was continued with ROLLBACK.`;
      const why = run.reason ?? `Lifecycle hook target ${hook?.hookTargetArn} returned FAILED status.`;
      return `${run.stage} lifecycle hook(s) failed. ${why}`;
    }
    if (run.status === 'TIMED_OUT' && (hook?.timeoutConfiguration?.action ?? 'ROLLBACK') === 'ROLLBACK')
      return `${run.stage} ${pause ? 'pause hook' : 'lifecycle hook(s)'} timed out.`;
  }
  return undefined;
}
