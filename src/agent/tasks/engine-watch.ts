import { labels } from '../../agent-protocol/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { EngineEvent } from '../../runtime/index.ts';
import { containerOf } from '../engine/index.ts';
import { healthOf, inspectPatiently } from './observe.ts';
import type { TaskParts } from './parts.ts';
import type { TaskRunner } from './task-runner.ts';
import type { TaskTable } from './task-table.ts';

/** Brings what the engine says of this agent's containers to their tasks. */
export function watchEngine(parts: TaskParts, table: TaskTable): { close(): void } {
  const mine = { [labels.instance]: parts.place.instanceArn };
  let away = false;
  return parts.runtime.events(mine, (event) => {
    if (event.type === 'interrupted') {
      away = true;
      parts.logs.engineLost();
    } else if (event.type === 'resync') {
      if (away) parts.log.info('the engine is back, looking at every container');
      away = false;
      parts.logs.engineFound();
      for (const runner of table.all()) recheck(runner);
    } else onContainerEvent(parts, table, event);
  });
}

type ContainerEvent = Exclude<EngineEvent, { readonly type: 'resync' | 'interrupted' }>;

function onContainerEvent(parts: TaskParts, table: TaskTable, event: ContainerEvent): void {
  if (event.type === 'create' || event.type === 'oom') return;
  const found = table.byDockerId(event.id) ?? byLabels(table, event.labels);
  if (found === undefined) {
    if (event.type === 'die') parts.pauses.drop(event.id);
    return;
  }
  const { runner, container } = found;
  if (event.type === 'start') onStart(runner, container, event.id);
  else if (container === '') pauseEnded(runner);
  else if (event.type === 'health') void onHealth(runner, container);
  else {
    const { id: dockerId, exitCode } = event;
    runner.ended(container, exitCode === undefined ? { dockerId } : { dockerId, exitCode });
  }
}

/** A start that the agent gave up on, or asked for before it was killed, may still be carried out: not once its task is over. */
function onStart(runner: TaskRunner, container: string, dockerId: string): void {
  if (containerOf(runner.state, container)?.known === 'STOPPED') endLateStart(runner.parts, dockerId, runner.arn);
}

/** Ends a container that runs although it is over for its task. */
export function endLateStart(parts: TaskParts, dockerId: string, task: string): void {
  parts.log.warn('a container was started after its task had done with it; it is ended', { task, dockerId });
  parts.runtime.kill(dockerId, 'SIGKILL').catch((error: unknown) => {
    parts.log.error('it could not be ended; the next start of the agent will try', {
      dockerId,
      error: messageOf(error),
    });
  });
}

function byLabels(
  table: TaskTable,
  of: Readonly<Record<string, string>>,
): { readonly runner: TaskRunner; readonly container: string } | undefined {
  const runner = table.get(of[labels.taskArn] ?? '');
  const container = of[labels.containerName];
  return runner === undefined || container === undefined ? undefined : { runner, container };
}

async function onHealth(runner: TaskRunner, container: string): Promise<void> {
  const dockerId = containerOf(runner.state, container)?.dockerId;
  if (dockerId === undefined) return;
  const info = await inspectPatiently(runner, dockerId);
  if (info !== undefined) runner.dispatch(...healthOf(runner, container, info));
}

/** A task without its pause has no network any more. */
export function pauseEnded(runner: TaskRunner): void {
  if (runner.state.desired === 'STOPPED') return;
  runner.log.error('the pause container of the task ended');
  runner.dispatch({ kind: 'stopRequested', reason: 'ContainerNetworkingError: the pause container of the task ended' });
}

/**
 * Looks at every container of a task that the engine may know, by its name when the task's record is older than it; then at its pause, which goes when the task's containers have ended: seen
 * first, it would be taken for the cause.
 */
export function recheck(runner: TaskRunner): void {
  if (runner.isUnseen) return;
  const names = runner.state.containers.flatMap(({ name, known, busy }) =>
    known === 'STOPPED' || busy !== undefined ? [] : [name],
  );
  runner
    .observe(...names)
    .then(() => recheckPause(runner))
    .catch((error: unknown) => {
      runner.log.error('the pause container could not be inspected', { error: messageOf(error) });
    });
}

async function recheckPause(runner: TaskRunner): Promise<void> {
  const { pause } = runner.record;
  if (pause === undefined || runner.state.known === 'STOPPED') return;
  const info = await inspectPatiently(runner, pause.id);
  if (info?.status !== 'running') pauseEnded(runner);
}
