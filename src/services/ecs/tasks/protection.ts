import type { Failure } from '../../../protocol/generated/ecs.ts';
import { invalidParameter } from '../errors.ts';
import type { Scope } from '../records/scope.ts';
import { taskArn } from '../records/task.ts';
import type { Rows } from '../references.ts';
import { findTask } from './find-task.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_GetTaskProtection.html */
const maxTasks = 10;

/**
 * Only tasks that a service started can be protected, and nothing starts those yet: each task named is a failure, with ECS's reason.
 */
export function protectionFailures(
  rows: Rows,
  scope: Scope,
  cluster: string,
  references: readonly string[],
): readonly Failure[] {
  if (references.length > maxTasks) throw invalidParameter(`tasks can have at most ${maxTasks} items.`);
  return references.map((reference) => {
    const task = findTask(rows, scope, cluster, reference);
    const arn = reference.startsWith('arn:') ? reference : taskArn(scope, cluster, reference);
    return task === undefined
      ? { arn, reason: 'MISSING' }
      : { arn, reason: 'TASK_NOT_VALID', detail: 'Task protection is supported for tasks of a service.' };
  });
}
