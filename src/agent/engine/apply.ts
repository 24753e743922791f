import type { EpochMs } from '../../kernel/index.ts';
import type { PullTimes, TaskAction, TaskEvent } from './event.ts';
import { outOfMemory } from './failure-texts.ts';
import { wantsRestart } from './restart-policy.ts';
import { settle } from './settle.ts';
import type { ContainerCall, ContainerState, TaskState } from './task-state.ts';
import { definitionOf, isAtLeast } from './task-state.ts';

type Of<K extends TaskEvent['kind']> = Extract<TaskEvent, { kind: K }>;
type Appliers = { readonly [K in TaskEvent['kind']]: (task: TaskState, event: Of<K>) => TaskState };

/**
 * The task after something happened to it. Pure. Events that come late (a container that ended already, an end seen twice)
 * change nothing but the mark of the call they answer.
 */
export function apply(task: TaskState, event: TaskEvent, nowMs: EpochMs): TaskState {
  return applyAll(task, [event], nowMs);
}

/**
 * The same for what was seen at one look: nothing is concluded from a part of it (that a container which was only made needs no stopping,
 * when it was started as well).
 */
export function applyAll(task: TaskState, events: readonly TaskEvent[], nowMs: EpochMs): TaskState {
  let state = task;
  for (const event of events) {
    const applier = appliers[event.kind] as (task: TaskState, event: TaskEvent) => TaskState;
    state = applier(state, event);
  }
  return settle(state, nowMs);
}

/** Marks an action as under way, so that it is not decided again. */
export function begin(task: TaskState, action: TaskAction): TaskState {
  switch (action.kind) {
    case 'prepare':
      return { ...task, platform: 'preparing' };
    case 'attachNetwork':
      return { ...task, network: 'attaching' };
    case 'release':
      return { ...task, release: 'releasing' };
    case 'pull':
    case 'create':
    case 'stop':
      return change(task, action.container, (state) => ({ ...state, busy: action.kind }));
    case 'start':
      return change(task, action.container, (state) => ({ ...state, busy: 'start', restartDue: false }));
  }
}

/** After a restart of the agent: no call is under way any more, whatever was asked is decided anew. */
export function forgetCalls(task: TaskState): TaskState {
  return {
    ...task,
    platform: task.platform === 'preparing' ? 'none' : task.platform,
    network: task.network === 'attaching' ? 'none' : task.network,
    release: task.release === 'releasing' ? 'held' : task.release,
    containers: task.containers.map((state) => without(state)),
  };
}

const appliers: Appliers = {
  tick: (task) => task,
  granted: (task) => ({ ...task, granted: true }),
  stopRequested: (task, { reason }) => ({ ...task, desired: 'STOPPED', reason: task.reason || (reason ?? '') }),
  prepared: (task) => ({ ...task, platform: 'ready' }),
  prepareFailed: (task, { reason }) => ({
    ...task,
    platform: 'failed',
    desired: 'STOPPED',
    reason: task.reason || reason,
  }),
  networkAttached: (task) => ({ ...task, network: 'ready' }),
  networkFailed: (task, { reason }) => ({
    ...task,
    network: 'failed',
    desired: 'STOPPED',
    reason: task.reason || reason,
  }),
  pulled: (task, event) =>
    answer(timed(task, event.pull), event.container, 'pull', (state) => ({
      ...advance(state, 'PULLED'),
      ...(event.imageId === undefined ? {} : { imageId: event.imageId }),
      ...(event.imageDigest === undefined ? {} : { imageDigest: event.imageDigest }),
      ...(event.fromRegistry === true ? { fromRegistry: true } : {}),
    })),
  created: (task, event) =>
    answer(task, event.container, 'create', ({ spoiltId: _replaced, ...state }) => ({
      ...advance(state, 'CREATED'),
      dockerId: event.dockerId,
      createdAtMs: event.atMs,
    })),
  startSpoilt: (task, event) =>
    answer(task, event.container, 'start', (state) => {
      const { dockerId, ...rest } = state;
      if (state.known !== 'CREATED' || dockerId === undefined) return state;
      return { ...rest, spoiltId: dockerId, spoiltStarts: (state.spoiltStarts ?? 0) + 1 };
    }),
  started: (task, event) =>
    answer(task, event.container, 'start', (state) => {
      const again = state.known === 'RUNNING' && state.startedAtMs !== undefined;
      const { health: _before, ...rest } = state;
      return {
        ...advance(again ? rest : state, 'RUNNING'),
        startedAtMs: state.known === 'STOPPED' ? (state.startedAtMs ?? event.atMs) : event.atMs,
        restartCount: state.restartCount + (again ? 1 : 0),
      };
    }),
  bound: (task, event) =>
    change(task, event.container, (state) => ({ ...state, networkBindings: event.networkBindings })),
  containerFailed: (task, event) => {
    const failed = change(timed(task, event.pull), event.container, (state) => {
      const { restartDue: _due, ...kept } = without(state);
      const ended = state.known !== 'RUNNING' || state.restartDue;
      return {
        ...kept,
        restartDue: false,
        desired: 'STOPPED',
        known: ended ? 'STOPPED' : state.known,
        reason: state.reason ?? event.reason,
      };
    });
    return { ...failed, reason: failed.reason || (event.taskReason ?? '') };
  },
  stopFailed: (task, event) =>
    answer(task, event.container, 'stop', (state) => ({
      ...advance(state, 'STOPPED'),
      reason: state.reason ?? event.reason,
    })),
  exited,
  health: (task, event) =>
    change(task, event.container, (state) => (state.known === 'RUNNING' ? { ...state, health: event.health } : state)),
  released: (task) => ({ ...task, release: 'released' }),
};

function exited(task: TaskState, event: Of<'exited'>): TaskState {
  return change(task, event.container, (state) => {
    const seen = state.finishedAtMs !== undefined && event.atMs <= state.finishedAtMs;
    if (state.known === 'STOPPED' || (seen && state.known === 'RUNNING' && event.reason === undefined)) return state;
    const ended = { ...(event.exitCode === undefined ? {} : { exitCode: event.exitCode }), atMs: event.atMs };
    if (state.known === 'RUNNING' && wantsRestart(definitionOf(task, event.container), state, ended))
      return { ...without(state), finishedAtMs: event.atMs, restartDue: true };
    const reason = state.reason ?? event.reason ?? endReason(event);
    return {
      ...without(state),
      restartDue: false,
      known: 'STOPPED',
      desired: 'STOPPED',
      finishedAtMs: event.atMs,
      ...(event.exitCode === undefined ? {} : { exitCode: event.exitCode }),
      ...(reason === undefined ? {} : { reason }),
    };
  });
}

/** Engines set OOMKilled also when only a child, or a sibling, was killed: the exit code must say it too. */
function endReason(event: Of<'exited'>): string | undefined {
  if (event.oomKilled && event.exitCode === 137) return outOfMemory;
  return event.error === '' ? undefined : `DockerStateError: ${event.error}`;
}

/** From the first of a task's pulls to the last. */
function timed(task: TaskState, pull: PullTimes | undefined): TaskState {
  if (pull === undefined) return task;
  return {
    ...task,
    pullStartedAtMs: Math.min(task.pullStartedAtMs ?? pull.startedAtMs, pull.startedAtMs),
    pullStoppedAtMs: Math.max(task.pullStoppedAtMs ?? pull.stoppedAtMs, pull.stoppedAtMs),
  };
}

function advance(state: ContainerState, to: ContainerState['known']): ContainerState {
  return isAtLeast(state.known, to) ? state : { ...state, known: to };
}

function without(state: ContainerState): ContainerState {
  const { busy: _busy, ...rest } = state;
  return rest;
}

function answer(
  task: TaskState,
  name: string,
  call: ContainerCall,
  update: (state: ContainerState) => ContainerState,
): TaskState {
  return change(task, name, (state) => update(state.busy === call ? without(state) : state));
}

function change(task: TaskState, name: string, update: (state: ContainerState) => ContainerState): TaskState {
  return { ...task, containers: task.containers.map((state) => (state.name === name ? update(state) : state)) };
}
