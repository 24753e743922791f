import { taskArn, tasks, type TaskRecord } from '../records/task.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import { isLater } from '../tasks/lifecycle.ts';
import { stopped } from '../tasks/stopped.ts';
import { writeTask } from '../tasks/write-task.ts';
import type { GatewayDeps } from './deps.ts';
import { rolesOf } from './task-credentials.ts';

/** Whether nothing is known yet of anything that an agent did for a task. */
function isUntouched(task: TaskRecord): boolean {
  return (
    !isLater(task.lastStatus, 'ACTIVATING') &&
    task.startedAtMs === undefined &&
    task.pullStartedAtMs === undefined &&
    task.containers.every(({ runtimeId }) => runtimeId === undefined)
  );
}

/**
 * Why a task that no agent began yet cannot have its roles, in AWS's words; undefined when it can, or when it has them already.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
 */
export function refusedRole(
  task: TaskRecord,
  definition: TaskDefinitionRecord,
  { roleCredentials }: GatewayDeps,
): string | undefined {
  if (!isUntouched(task)) return undefined;
  const arn = taskArn(task, task.cluster, task.id);
  for (const roleArn of rolesOf(task, definition)) {
    const refusal = roleCredentials.refusal({ roleArn, account: task.account, taskArn: arn });
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** Ends a task before any agent hears of it. */
export async function endUntouched(deps: GatewayDeps, key: string, reason: string): Promise<void> {
  await deps.db.transact((tx) => {
    const task = tx.get(tasks, key);
    if (task === undefined || task.lastStatus === 'STOPPED' || !isUntouched(task)) return;
    const over = stopped(task, { nowMs: deps.clock.nowMs(), reason });
    writeTask(tx, deps, { ...over, version: task.version + 1 });
  });
}
