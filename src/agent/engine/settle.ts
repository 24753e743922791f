import type { EpochMs } from '../../kernel/index.ts';
import { judgeDependencies } from './dependencies.ts';
import { dependencyExitCode } from './failure-texts.ts';
import type { ContainerState, TaskState, TaskStatus } from './task-state.ts';
import { definitionOf, isAtLeast, taskStatuses } from './task-state.ts';

/**
 * Draws every consequence of what is known, until there is none left: an essential container that stopped ends the task, a task
 * that ends stops its containers, one that was never created is stopped without a call, a failed dependency stops its dependents.
 */
export function settle(task: TaskState, nowMs: EpochMs): TaskState {
  let state = task;
  // Each round stops at least one container more or ends; the task itself can end once.
  for (let round = 0; round <= task.containers.length + 1; round += 1) {
    const next = settleOnce(state, nowMs);
    if (next === state) break;
    state = next;
  }
  return advanceTask(state);
}

function settleOnce(task: TaskState, nowMs: EpochMs): TaskState {
  let changed = false;
  const containers = task.containers.map((state) => {
    const next = settleContainer(task, state, nowMs);
    if (next !== state) changed = true;
    return next;
  });
  const essentialStopped = containers.some(
    (state) => state.known === 'STOPPED' && definitionOf(task, state.name).essential,
  );
  const allStopped = containers.every((state) => state.known === 'STOPPED');
  const ends = task.desired === 'RUNNING' && (essentialStopped || allStopped);
  const stamps = (essentialStopped || allStopped) && task.executionStoppedAtMs === undefined;
  if (!changed && !ends && !stamps) return task;
  return {
    ...task,
    containers,
    ...(ends ? { desired: 'STOPPED' as const } : {}),
    ...(stamps ? { executionStoppedAtMs: nowMs } : {}),
  };
}

function settleContainer(task: TaskState, state: ContainerState, nowMs: EpochMs): ContainerState {
  if (state.known === 'STOPPED') return state;
  if (task.desired === 'STOPPED' && state.desired === 'RUNNING') return { ...state, desired: 'STOPPED' };
  if (state.desired === 'STOPPED') return stopWithoutCall(state);
  if (state.known !== 'NONE' && state.known !== 'PULLED') return state;
  if (state.busy === 'create') return state;
  const verdict = judgeDependencies(task, state.name, nowMs);
  if (verdict.kind !== 'failed') return state;
  const { busy: _pull, ...rest } = state;
  return { ...rest, desired: 'STOPPED', known: 'STOPPED', exitCode: dependencyExitCode, reason: verdict.reason };
}

/** What never ran needs no stopping; a pull under way is left to itself, its result will be dropped. */
function stopWithoutCall(state: ContainerState): ContainerState {
  const calling = state.busy === 'create' || state.busy === 'start' || state.busy === 'stop';
  if (calling || (state.known === 'RUNNING' && !state.restartDue)) return state;
  const { busy: _pull, ...rest } = state;
  return { ...rest, known: 'STOPPED', restartDue: false };
}

function advanceTask(task: TaskState): TaskState {
  const known = taskStatus(task);
  if (taskStatuses.indexOf(known) <= taskStatuses.indexOf(task.known)) return task;
  return { ...task, known, reachedRunning: task.reachedRunning || known === 'RUNNING' };
}

/** The least its containers have reached; a task is STOPPED only when what it held is released. */
function taskStatus(task: TaskState): TaskStatus {
  if (task.containers.every((state) => state.known === 'STOPPED'))
    return task.release === 'released' ? 'STOPPED' : task.known;
  if (task.desired === 'STOPPED') return task.known;
  if (task.containers.every((state) => state.startedAtMs !== undefined && isAtLeast(state.known, 'RUNNING')))
    return 'RUNNING';
  return task.containers.every((state) => isAtLeast(state.known, 'CREATED')) ? 'CREATED' : 'NONE';
}
