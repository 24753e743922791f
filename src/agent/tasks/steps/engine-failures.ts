import { messageOf } from '../../../kernel/index.ts';
import { EngineRefused, EngineTimeout, EngineUnavailable } from '../../../runtime/index.ts';
import { goDuration } from '../../go-duration.ts';
import { limits } from '../../limits.ts';
import { BadLogOptions } from '../../logs/options.ts';
import { sleep } from '../../sleep.ts';
import type { TaskRunner } from '../task-runner.ts';

/** Repeats a call whose outcome is unknown because the engine went away; create is made safe by the container's name. */
export async function retryWhileDown<T>(runner: TaskRunner, call: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      const down = error instanceof EngineUnavailable;
      if (!down || runner.isStopped || runner.state.desired === 'STOPPED') throw error;
      runner.log.warn('the engine does not answer, will try again', { error: messageOf(error) });
      await sleep(runner.parts.clock, Math.min(limits.engineRetryMs * 2 ** attempt, limits.engineRetryLongestMs));
    }
  }
}

export function waited(status: string, timeoutMs: number): string {
  return `Could not transition to ${status}; timed out after waiting ${goDuration(timeoutMs)}`;
}

export function failure(name: string, error: unknown, timeout: string): string {
  if (error instanceof EngineTimeout) return `DockerTimeoutError: ${timeout}`;
  return `${name}: ${engineText(error)}`;
}

export function engineText(error: unknown): string {
  const fromEngine = error instanceof EngineRefused || error instanceof BadLogOptions;
  return fromEngine ? `Error response from daemon: ${error.message}` : messageOf(error);
}
