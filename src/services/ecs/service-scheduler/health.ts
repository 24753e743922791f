import type { EpochMs } from '../../../kernel/index.ts';
import { hasFailed } from '../deployments/failures.ts';
import type { SchedulerSettings } from './settings.ts';
import type { ViewedTask, WantedTarget } from './view.ts';

/**
 * What the scheduler makes of a task. ENDED: STOPPED. STOPPING: told to stop. STARTING: not RUNNING yet. UNPROVEN: RUNNING, neither healthy nor
 * unhealthy yet.
 */
export type TaskState = 'ENDED' | 'STOPPING' | 'STARTING' | 'UNPROVEN' | 'HEALTHY' | 'UNHEALTHY';

export interface Judged {
  readonly task: ViewedTask;
  readonly state: TaskState;
  /** Why it is UNHEALTHY; absent when its containers are. */
  readonly sickTarget?: WantedTarget;
  /** When the state changes by itself. */
  readonly changesAtMs?: EpochMs;
}

/**
 * Containers and targets may be unhealthy during the grace period without consequence.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html (healthCheckGracePeriodSeconds)
 */
export function judge(
  task: ViewedTask,
  options: { readonly nowMs: EpochMs; readonly settings: SchedulerSettings; readonly graceSeconds: number },
): Judged {
  if (task.status === 'STOPPED') return { task, state: 'ENDED' };
  if (!task.wanted) return { task, state: 'STOPPING' };
  if (task.status !== 'RUNNING') return { task, state: 'STARTING' };
  const startedAtMs = task.startedAtMs ?? task.createdAtMs;
  const { nowMs, settings, graceSeconds } = options;
  const sickTarget = task.wantedTargets.find(({ health }) => health?.state === 'unhealthy');
  const sick = task.containerHealth === 'UNHEALTHY' || sickTarget !== undefined;
  if (sick) {
    const graceEndMs = startedAtMs + graceSeconds * 1000;
    if (nowMs < graceEndMs) return { task, state: 'UNPROVEN', changesAtMs: graceEndMs };
    return { task, state: 'UNHEALTHY', ...(sickTarget === undefined ? {} : { sickTarget }) };
  }
  if (task.containerHealth === 'NONE' && task.wantedTargets.length === 0) {
    const provenAtMs = startedAtMs + settings.healthyAfterMs;
    return nowMs >= provenAtMs ? { task, state: 'HEALTHY' } : { task, state: 'UNPROVEN', changesAtMs: provenAtMs };
  }
  const containersFine = task.containerHealth === 'NONE' || task.containerHealth === 'HEALTHY';
  return { task, state: containersFine && task.wantedTargets.every(isFine) ? 'HEALTHY' : 'UNPROVEN' };
}

/** `unavailable`: the group checks nothing. */
function isFine({ health }: WantedTarget): boolean {
  return health?.state === 'healthy' || health?.state === 'unavailable';
}

/** It fails, and has not quite ended: how much that slows further starts down is known when it has, so nothing takes its place before. */
export function isFailing({ task, state }: Judged): boolean {
  return state === 'STOPPING' && hasFailed(task);
}
