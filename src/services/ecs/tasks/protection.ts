import type { Failure } from '../../../protocol/generated/ecs.ts';
import { invalidParameter } from '../errors.ts';
import type { Scope } from '../records/scope.ts';
import { taskArn } from '../records/task.ts';
import type { Rows } from '../references.ts';
import { findTask } from './find-task.ts';

/**
 * Only tasks that a service started can be protected, and nothing starts those yet: each task named is a failure, with ECS's reason.
 */
export function protectionFailures(
  rows: Rows,
  scope: Scope,
  cluster: string,
  named: { readonly references: readonly string[]; readonly max: number },
): readonly Failure[] {
  const { references, max } = named;
  if (references.length === 0) throw invalidParameter('Tasks cannot be empty.');
  if (references.length > max) throw invalidParameter(`tasks can have at most ${max} items.`);
  return references.map((reference) => {
    const task = findTask(rows, scope, cluster, reference);
    const arn = reference.startsWith('arn:') ? reference : taskArn(scope, cluster, reference);
    return task === undefined
      ? { arn, reason: 'MISSING' }
      : { arn, reason: 'TASK_NOT_VALID', detail: 'Task protection is supported for tasks of a service.' };
  });
}
