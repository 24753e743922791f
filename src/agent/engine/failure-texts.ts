import type { TaskState } from './task-state.ts';
import { containerOf, definitionOf } from './task-state.ts';

/** Exit code that ECS gives to a container which never ran because of what it depends on. */
export const dependencyExitCode = 143;

export const outOfMemory = 'OutOfMemoryError: Container killed due to memory usage';
export const vanished = 'ContainerVanishedError: No container matching saved ID found';
export const cannotResolve = (taskArn: string): string => `Task dependencies cannot be resolved, taskArn: ${taskArn}`;
export const notInitialized = (taskArn: string, detail: string): string =>
  `resource cannot be initialized for task ${taskArn}: ${detail}`;
/** The misspelling is on AWS's wire. */
export const unrecognizedTask = (detail: string): string => `UnrecogniedTaskError: Error loading task - ${detail}`;

/** Longest reason that ECS accepts. */
export const maxReasonLength = 1024;

/** The sentences for what `dependency` did to `target`, as the ECS agent words them. */
export function dependencyFailures(
  task: TaskState,
  dependency: string,
  target: string,
): {
  readonly missing: string;
  readonly unsuccessful: string;
  readonly neverStarts: string;
  readonly timedOut: string;
} {
  const graph = 'CannotStartContainerError: dependency graph: ';
  const from = `dependency [${describe(task, dependency)}] for target [${describe(task, target)}]`;
  return {
    missing: `${graph}container ordering dependency [${dependency}] for target [${describe(task, target)}] does not exist.`,
    unsuccessful: `${graph}failed to resolve container ordering ${from} as dependency did not exit successfully.`,
    neverStarts: `${graph}failed to resolve container ordering ${from} because dependency will never start`,
    timedOut: `${graph}container ordering ${from} has timed out.`,
  };
}

/** `name(image) (KNOWN->DESIRED)`, and ` - Exit: n` when it ended. */
function describe(task: TaskState, name: string): string {
  const state = containerOf(task, name);
  if (state === undefined) return name;
  const exit = state.exitCode === undefined ? '' : ` - Exit: ${state.exitCode}`;
  return `${name}(${definitionOf(task, name).image}) (${state.known}->${state.desired})${exit}`;
}
