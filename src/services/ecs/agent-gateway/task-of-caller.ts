import { parseArn } from '../../../kernel/index.ts';
import { ApiError, type RequestContext } from '../../../protocol/api/index.ts';
import type { Database } from '../../../store/index.ts';
import { ask } from '../authorization/ask.ts';
import { clusterArn } from '../records/cluster.ts';
import { containerInstanceArn, containerInstances } from '../records/container-instance.ts';
import { taskKey, tasks, type TaskRecord } from '../records/task.ts';
import { presentRows } from '../references.ts';
import { reportedTask } from '../tasks/reported-task.ts';

/** Whoever may be sent a task may know of its ways. @throws AccessDeniedException, InvalidParameterException */
export function taskOfCaller(db: Database, arn: string, context: RequestContext): TaskRecord {
  const reported = reportedTask(arn);
  const task = reported && db.get(tasks, taskKey(reported, reported.cluster, reported.id))?.row;
  const instance = task?.instanceKey === undefined ? undefined : db.get(containerInstances, task.instanceKey)?.row;
  if (task === undefined || instance === undefined || instance.account !== context.account)
    throw new ApiError(
      'InvalidParameterException',
      `'${arn}' is not a task of a container instance of ${context.account}`,
    );
  const instanceArn = containerInstanceArn(instance, instance.cluster, instance.id);
  const keys = { 'ecs:cluster': clusterArn(parseArn(instanceArn) ?? instance, instance.cluster) };
  context.authorize(ask(presentRows(db), 'Poll', instanceArn, { keys }));
  return task;
}
