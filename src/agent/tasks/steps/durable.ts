import { messageOf } from '../../../kernel/index.ts';
import type { TaskRunner } from '../task-runner.ts';

const written = new WeakMap<TaskRunner, Promise<void>>();

/** The task's record, written once before its first start. */
export function durable(runner: TaskRunner): Promise<void> {
  let writing = written.get(runner);
  if (writing === undefined) {
    writing = runner.writeNow().catch((error: unknown) => {
      // A full disk must not stop tasks: the labels of the containers still allow adoption.
      runner.log.error('the task could not be written to disk', { error: messageOf(error) });
    });
    written.set(runner, writing);
  }
  return writing;
}
