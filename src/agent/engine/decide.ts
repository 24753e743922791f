import type { EpochMs } from '../../kernel/index.ts';
import { judgeDependencies, mayStop } from './dependencies.ts';
import type { TaskAction } from './event.ts';
import type { ContainerState, TaskState } from './task-state.ts';
import { definitionOf, hasOwnInterface } from './task-state.ts';

export interface Decision {
  readonly actions: readonly TaskAction[];
  /** Look again then, even when nothing happens: a startTimeout ends. */
  readonly wakeAtMs?: EpochMs;
}

export interface DecideOptions {
  /** Seconds a container has between SIGTERM and SIGKILL when its definition says nothing. */
  readonly defaultStopTimeoutSeconds: number;
}

/**
 * What is to be done next for a task. Pure; nothing is decided twice once `begin` marked it.
 * Images are pulled at once, containers are created and started when what they depend on allows it, and stopped in reverse order.
 */
export function decide(task: TaskState, nowMs: EpochMs, options: DecideOptions): Decision {
  if (task.release !== 'held' || !task.granted) return { actions: releaseUngranted(task) };
  if (task.containers.every((state) => state.known === 'STOPPED')) return { actions: release(task) };
  const actions: TaskAction[] = [];
  let wakeAtMs: EpochMs | undefined;
  if (task.desired === 'RUNNING') actions.push(...platformActions(task));
  for (const state of task.containers) {
    if (state.known === 'STOPPED' || state.busy !== undefined) continue;
    if (state.desired === 'STOPPED') {
      if (mayStop(task, state.name)) actions.push(stop(task, state.name, options));
      continue;
    }
    const step = nextStep(task, state, nowMs);
    if (step.action !== undefined) actions.push(step.action);
    if (step.wakeAtMs !== undefined) wakeAtMs = Math.min(wakeAtMs ?? step.wakeAtMs, step.wakeAtMs);
  }
  return wakeAtMs === undefined ? { actions } : { actions, wakeAtMs };
}

/** A task that ends while it waits for room holds nothing, and still goes through its release. */
function releaseUngranted(task: TaskState): readonly TaskAction[] {
  const ended = task.containers.every((state) => state.known === 'STOPPED');
  return task.release === 'held' && ended ? release(task) : [];
}

function release(task: TaskState): readonly TaskAction[] {
  const wiring = task.platform === 'preparing' || task.network === 'attaching';
  return wiring ? [] : [{ kind: 'release' }];
}

function platformActions(task: TaskState): readonly TaskAction[] {
  if (task.platform === 'none') return [{ kind: 'prepare' }];
  if (task.platform === 'ready' && task.network === 'none' && hasOwnInterface(task.payload))
    return [{ kind: 'attachNetwork' }];
  return [];
}

function stop(task: TaskState, container: string, options: DecideOptions): TaskAction {
  const timeoutSeconds = definitionOf(task, container).stopTimeout ?? options.defaultStopTimeoutSeconds;
  return { kind: 'stop', container, timeoutSeconds };
}

function nextStep(
  task: TaskState,
  state: ContainerState,
  nowMs: EpochMs,
): { readonly action?: TaskAction; readonly wakeAtMs?: EpochMs } {
  const container = state.name;
  if (state.known === 'NONE') return { action: { kind: 'pull', container } };
  if (state.known === 'RUNNING') return state.restartDue ? { action: { kind: 'start', container } } : {};
  if (state.spoiltId !== undefined) return { action: { kind: 'create', container } };
  if (state.known === 'CREATED') return networkReady(task) ? { action: { kind: 'start', container } } : {};
  const verdict = judgeDependencies(task, container, nowMs);
  if (verdict.kind === 'wait') return verdict.untilMs === undefined ? {} : { wakeAtMs: verdict.untilMs };
  return task.platform === 'ready' ? { action: { kind: 'create', container } } : {};
}

function networkReady(task: TaskState): boolean {
  return !hasOwnInterface(task.payload) || task.network === 'ready';
}
