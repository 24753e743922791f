import type { SubmitTaskStateChangeRequest } from '../../../protocol/generated/ecs.ts';
import { invalidParameter } from '../errors.ts';
import { tasks } from '../records/task.ts';
import { pinImages } from '../services/pinned-images.ts';
import type { EcsHandler, TaskDeps } from '../tasks/deps.ts';
import { reportedTaskKey } from '../tasks/reported-task.ts';
import { afterReport } from '../tasks/state-change.ts';
import { writeTask } from '../tasks/write-task.ts';

/**
 * An agent's word on one of its tasks; may be repeated. A task nobody knows is refused with the code that makes the agent forget the report.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_SubmitTaskStateChange.html
 */
export function submitTaskStateChange(deps: TaskDeps): EcsHandler<'SubmitTaskStateChange'> {
  return async (input, context) => {
    await recordReport(deps, reportedTaskKey(input.task, context), input, context.receivedMs);
    return { acknowledgment: 'ACK' };
  };
}

/** Brings a report into the task's record. @throws InvalidParameterException for a task that is not there */
export async function recordReport(
  deps: TaskDeps,
  key: string,
  report: SubmitTaskStateChangeRequest,
  nowMs: number,
): Promise<void> {
  await deps.db.transact((tx) => {
    const task = tx.get(tasks, key);
    if (task === undefined) throw invalidParameter('The referenced task was not found.');
    const next = afterReport(task, report, nowMs);
    if (next === task) return;
    pinImages(tx, deps.db, task, next);
    writeTask(tx, deps, next);
  });
}
