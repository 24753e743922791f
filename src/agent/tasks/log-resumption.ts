import { messageOf } from '../../kernel/index.ts';
import { logConfigOf } from '../logs/options.ts';
import { logOwner } from './log-credentials.ts';
import type { TaskRunner } from './task-runner.ts';

/** Goes on shipping the output of a container that an earlier run of this agent started. */
export function resumeLogs(runner: TaskRunner, container: { readonly name: string; readonly dockerId: string }): void {
  const owner = logOwner(runner, container.name);
  if (logConfigOf(owner.container.dockerConfig.hostConfig)?.type !== 'awslogs') return;
  try {
    runner.parts.logs.resume(owner, container.dockerId);
  } catch (error) {
    runner.log.error("a container's output could not be read back", {
      container: container.name,
      error: messageOf(error),
    });
  }
}
