import type { Failure, ProtectedTask } from '../../../protocol/generated/ecs.ts';
import { invalidParameter } from '../errors.ts';
import type { Scope } from '../records/scope.ts';
import { serviceOf, taskArn, type TaskRecord } from '../records/task.ts';
import type { Rows } from '../references.ts';
import { findTask } from './find-task.ts';

/** How long protection lasts unless the request says so. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateTaskProtection.html */
export const defaultProtectionMinutes = 120;

export interface NamedTasks {
  readonly found: readonly TaskRecord[];
  readonly failures: readonly Failure[];
}

/**
 * The tasks that a request on protection names; only live ones that a service started can be protected, each other is a failure with ECS's reason.
 * @throws InvalidParameterException when none, or more than `max`, are named
 */
export function protectableTasks(
  rows: Rows,
  scope: Scope,
  cluster: string,
  named: { readonly references: readonly string[]; readonly max: number },
): NamedTasks {
  const { references, max } = named;
  if (references.length === 0) throw invalidParameter('Tasks cannot be empty.');
  if (references.length > max) throw invalidParameter(`tasks can have at most ${max} items.`);
  const found: TaskRecord[] = [];
  const failures: Failure[] = [];
  for (const reference of new Set(references)) {
    const task = findTask(rows, scope, cluster, reference);
    const arn = reference.startsWith('arn:') ? reference : taskArn(scope, cluster, reference);
    if (task === undefined) failures.push({ arn, reason: 'MISSING' });
    else if (serviceOf(task) === undefined)
      failures.push({
        arn,
        reason: 'TASK_NOT_VALID',
        detail: 'Task protection is supported for tasks of a service.',
      });
    else if (task.desiredStatus === 'STOPPED')
      failures.push({ arn, reason: 'TASK_NOT_VALID', detail: 'The task is stopping or has stopped.' });
    else found.push(task);
  }
  return { found, failures };
}

/** A task's protection as the API shows it. */
export function describedProtection(task: TaskRecord, nowMs: number): ProtectedTask {
  const { protectedUntilMs } = task;
  const holds = protectedUntilMs !== undefined && protectedUntilMs > nowMs;
  return {
    taskArn: taskArn(task, task.cluster, task.id),
    protectionEnabled: holds,
    ...(holds ? { expirationDate: protectedUntilMs } : {}),
  };
}

/** The task with protection until a time, or without. */
export function withProtection(task: TaskRecord, untilMs: number | undefined): TaskRecord {
  const { protectedUntilMs: _before, ...rest } = task;
  return { ...rest, version: task.version + 1, ...(untilMs === undefined ? {} : { protectedUntilMs: untilMs }) };
}
