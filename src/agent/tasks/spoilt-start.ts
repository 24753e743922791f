import { messageOf } from '../../kernel/index.ts';
import type { ContainerInfo, EngineRefused } from '../../runtime/index.ts';
import { containerOf } from '../engine/index.ts';
import { leftoverProcesses } from '../hooks/leftover-processes.ts';
import { limits } from '../limits.ts';
import type { TaskRunner } from './task-runner.ts';
import { gateOf } from './volume-gate.ts';

/**
 * What Docker says of a container in the middle of whose start it was killed: containerd, or runc, still has the half of it, and Docker,
 * which has forgotten, makes no second one under that id ("task ...: already exists", "failed to start shim: mkdir ...: file exists", "id already in use").
 */
const leftover = /already exists|file exists|id already in use/;

/**
 * May this container be thrown away and made anew? Not one that ran before, and not one whose program was begun in the moment the engine
 * died: no task is started twice.
 */
export async function isSpoilt(runner: TaskRunner, container: string, refusal: EngineRefused): Promise<boolean> {
  const state = containerOf(runner.state, container);
  if (state?.dockerId === undefined || state.known !== 'CREATED' || !leftover.test(refusal.message)) return false;
  if ((state.spoiltStarts ?? 0) >= limits.spoiltStarts) return false;
  const processes = await leftoverProcesses(state.dockerId);
  const began = processes.some(({ unborn }) => !unborn);
  runner.log.warn('the engine died in the middle of the start of a container', {
    container,
    error: refusal.message,
    left: processes.map(({ pid, command }) => `${pid} ${command}`).join(', '),
    fate: began ? 'its program runs unknown to the engine: it is ended' : 'it is made anew',
  });
  // Whoever waits to become the program must not do so later; a program that the engine does not know cannot be kept.
  for (const { pid } of processes) end(runner, pid);
  return !began;
}

/**
 * Docker that was killed in the middle of a start may also come back and call the container running, since never: what runs is the runtime's
 * own process, which waits for a word that nobody will say.
 * @returns false when the program runs, or nothing can be seen (an engine on another machine)
 */
export async function isStuckUnborn(runner: TaskRunner, container: string, info: ContainerInfo): Promise<boolean> {
  const processes = await leftoverProcesses(info.id);
  if (processes.length === 0 || processes.some(({ unborn }) => !unborn)) return false;
  runner.log.warn('the engine died in the middle of the start of a container and says that it runs; it is made anew', {
    container,
  });
  for (const { pid } of processes) end(runner, pid);
  return true;
}

function end(runner: TaskRunner, pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    runner.log.warn('a process of a container that the engine forgot could not be ended', {
      pid,
      error: messageOf(error),
    });
  }
}

/** Makes room for the new container. Said on disk first: an agent that dies in between must not take the task for vanished. */
export async function removeSpoilt(runner: TaskRunner, container: string): Promise<void> {
  const spoiltId = containerOf(runner.state, container)?.spoiltId;
  if (spoiltId === undefined) return;
  const { runtime } = runner.parts;
  const gate = gateOf(runner.parts, runner.payload);
  try {
    await runner.writeNow();
  } catch (error) {
    runner.log.error('the task could not be written to disk', { error: messageOf(error) });
  }
  await gate.run('create', () => runtime.remove(spoiltId));
}
