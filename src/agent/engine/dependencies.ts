import type { EpochMs } from '../../kernel/index.ts';
import type { PayloadContainer, PayloadTask } from '../../agent-protocol/index.ts';
import { dependencyFailures } from './failure-texts.ts';
import type { ContainerState, TaskState } from './task-state.ts';
import { containerOf, definitionOf } from './task-state.ts';

/** `CREATE` is what volumesFrom implies: the other container exists. */
export type Condition = 'CREATE' | 'START' | 'COMPLETE' | 'SUCCESS' | 'HEALTHY';

export interface Dependency {
  readonly name: string;
  readonly condition: Condition;
}

/** What a container waits for: its `dependsOn`, a START for each link, a CREATE for each volumesFrom. */
export function dependenciesOf(container: PayloadContainer): readonly Dependency[] {
  return [
    ...(container.dependsOn ?? []).map(({ containerName, condition }) => ({ name: containerName, condition })),
    ...(container.links ?? []).map((link): Dependency => ({ name: link.split(':')[0] ?? link, condition: 'START' })),
    ...container.volumesFrom.map(({ sourceContainer }): Dependency => ({ name: sourceContainer, condition: 'CREATE' })),
  ];
}

/** @returns true when every dependency names a container of the task and none leads back to itself */
export function dependenciesResolve(payload: PayloadTask): boolean {
  const byName = new Map(payload.containers.map((container) => [container.name, container]));
  const done = new Set<string>();
  const visit = (name: string, path: ReadonlySet<string>): boolean => {
    const container = byName.get(name);
    if (container === undefined || path.has(name)) return false;
    if (done.has(name)) return true;
    const deeper = new Set(path).add(name);
    if (!dependenciesOf(container).every((dependency) => visit(dependency.name, deeper))) return false;
    done.add(name);
    return true;
  };
  return payload.containers.every((container) => visit(container.name, new Set()));
}

export type Verdict =
  | { readonly kind: 'met' }
  | { readonly kind: 'wait'; readonly untilMs?: EpochMs }
  | { readonly kind: 'failed'; readonly reason: string };

const met: Verdict = { kind: 'met' };

/** May `name` be created and started now? */
export function judgeDependencies(task: TaskState, name: string, nowMs: EpochMs): Verdict {
  let untilMs: EpochMs | undefined;
  let waiting = false;
  for (const dependency of dependenciesOf(definitionOf(task, name))) {
    const verdict = judge(task, { target: name, dependency, nowMs });
    if (verdict.kind === 'failed') return verdict;
    if (verdict.kind === 'met') continue;
    waiting = true;
    if (verdict.untilMs !== undefined) untilMs = Math.min(untilMs ?? verdict.untilMs, verdict.untilMs);
  }
  if (!waiting) return met;
  return untilMs === undefined ? { kind: 'wait' } : { kind: 'wait', untilMs };
}

function judge(
  task: TaskState,
  about: { readonly target: string; readonly dependency: Dependency; readonly nowMs: EpochMs },
): Verdict {
  const { name, condition } = about.dependency;
  const other = containerOf(task, name);
  const texts = dependencyFailures(task, name, about.target);
  if (other === undefined) return { kind: 'failed', reason: texts.missing };
  if (isMet(other, condition)) return met;
  if (other.known === 'STOPPED') {
    const refused = condition === 'SUCCESS' && other.exitCode !== undefined;
    return { kind: 'failed', reason: refused ? texts.unsuccessful : texts.neverStarts };
  }
  if (other.desired === 'STOPPED' && other.startedAtMs === undefined)
    return { kind: 'failed', reason: texts.neverStarts };
  return deadline(task, { other, condition, nowMs: about.nowMs, timedOut: texts.timedOut });
}

function isMet(other: ContainerState, condition: Condition): boolean {
  const ran = other.startedAtMs !== undefined;
  switch (condition) {
    case 'CREATE':
      return other.dockerId !== undefined;
    case 'START':
      return ran;
    case 'COMPLETE':
      return ran && other.known === 'STOPPED';
    case 'SUCCESS':
      return ran && other.known === 'STOPPED' && other.exitCode === 0;
    case 'HEALTHY':
      return other.known === 'RUNNING' && other.health?.status === 'HEALTHY';
  }
}

/** startTimeout belongs to the dependency and counts from its start; conditions that come with the start itself have none. */
function deadline(
  task: TaskState,
  about: {
    readonly other: ContainerState;
    readonly condition: Condition;
    readonly nowMs: EpochMs;
    readonly timedOut: string;
  },
): Verdict {
  const { other, condition, nowMs, timedOut } = about;
  const seconds = definitionOf(task, other.name).startTimeout ?? 0;
  if (condition === 'CREATE' || condition === 'START' || seconds <= 0 || other.startedAtMs === undefined)
    return { kind: 'wait' };
  const untilMs = other.startedAtMs + seconds * 1000;
  return nowMs >= untilMs ? { kind: 'failed', reason: timedOut } : { kind: 'wait', untilMs };
}

/** May `name` be stopped now, or do containers that depend on it (by `dependsOn`) still run? */
export function mayStop(task: TaskState, name: string): boolean {
  return task.payload.containers.every((container) => {
    if (!(container.dependsOn ?? []).some((dependency) => dependency.containerName === name)) return true;
    return containerOf(task, container.name)?.known === 'STOPPED';
  });
}
