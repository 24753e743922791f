import { invalidParameter } from '../errors.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { activeCluster } from '../references.ts';
import type { EcsHandler, TaskDeps } from '../tasks/deps.ts';
import { describedTask } from '../tasks/described.ts';
import { requireTask } from '../tasks/find-task.ts';
import { stoppedByUser, toldToStop } from '../tasks/stopped.ts';
import { writeTask } from '../tasks/write-task.ts';

const maxReasonLength = 255;

/** Tells a task to stop; one that is stopping or has stopped stays as it is. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html */
export function stopTask(deps: TaskDeps): EcsHandler<'StopTask'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    if ((input.reason ?? '').length > maxReasonLength)
      throw invalidParameter(`reason can have at most ${maxReasonLength} characters.`);
    const { result } = await deps.db.transact((tx) => {
      const cluster = activeCluster(tx, scope, input.cluster);
      const task = requireTask(tx, scope, cluster.name, input.task);
      const told = toldToStop(task, {
        stopCode: 'UserInitiated',
        reason: input.reason === undefined || input.reason === '' ? stoppedByUser : input.reason,
        nowMs: context.receivedMs,
      });
      if (told !== task) writeTask(tx, deps, told);
      return told;
    });
    return { task: describedTask(result, { tags: true }) };
  };
}
