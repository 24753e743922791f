import type { AllInOne } from '../main/index.ts';
import type { CommandContext } from './command.ts';

/** ECS's longest stopTimeout is 120 s; then the engine needs a moment. */
const tasksStopWithinMs = 150_000;

/** Long enough for a `longshore agent` that was connected a moment ago. */
const agentsConnectWithinMs = 15_000;

/** Tells every task to stop and waits, saying how it went. */
export async function stopTasks(
  tasks: AllInOne['tasks'],
  reason: string,
  { say }: Pick<CommandContext, 'say'>,
): Promise<void> {
  const live = tasks.liveTasks();
  if (live === 0) return;
  say(`stopping ${count(live)} (each has its stopTimeout, 30 s by default) ...`);
  const { left, unreachable } = await tasks.stopEverything({
    reason,
    withinMs: tasksStopWithinMs,
    connectedWithinMs: agentsConnectWithinMs,
  });
  if (live > left) say(`${count(live - left)} stopped`);
  if (left > unreachable) say(`${count(left - unreachable)} did not stop within ${tasksStopWithinMs / 1000} s`);
  if (unreachable > 0)
    say(
      `${count(unreachable)} could not be stopped: the agent did not connect within ${agentsConnectWithinMs / 1000} s; what an agent of this data directory made is removed, another stops its tasks when it next connects to a longshore up`,
    );
}

function count(tasks: number): string {
  return tasks === 1 ? '1 task' : `${tasks} tasks`;
}
