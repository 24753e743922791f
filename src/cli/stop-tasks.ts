import type { AllInOne } from '../main/index.ts';
import type { CommandContext } from './command.ts';

/** ECS's longest stopTimeout is 120 s; then the engine needs a moment. */
const tasksStopWithinMs = 150_000;

/** Tells every task to stop and waits, saying how it went. */
export async function stopTasks(
  tasks: AllInOne['tasks'],
  reason: string,
  { say }: Pick<CommandContext, 'say'>,
): Promise<void> {
  const live = tasks.liveTasks();
  if (live === 0) return;
  say(`stopping ${count(live)} (each has its stopTimeout, 30 s by default) ...`);
  const { left } = await tasks.stopEverything({ reason, withinMs: tasksStopWithinMs });
  say(left === 0 ? `${count(live)} stopped` : `${count(left)} did not stop within ${tasksStopWithinMs / 1000} s`);
}

function count(tasks: number): string {
  return tasks === 1 ? '1 task' : `${tasks} tasks`;
}
