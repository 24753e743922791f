import { invalidParameter } from '../errors.ts';
import type { Scope } from '../records/scope.ts';
import { taskKey, tasks, type TaskRecord } from '../records/task.ts';
import { resourceIdOf, type Rows } from '../references.ts';

/** The task a reference means in a cluster, or undefined. @throws InvalidParameterException for a malformed ARN */
export function findTask(rows: Rows, scope: Scope, cluster: string, reference: string): TaskRecord | undefined {
  const id = resourceIdOf(scope, { type: 'task', cluster, reference });
  return id === undefined ? undefined : rows.get(tasks, taskKey(scope, cluster, id));
}

/** @throws InvalidParameterException when there is none */
export function requireTask(rows: Rows, scope: Scope, cluster: string, reference: string): TaskRecord {
  const found = findTask(rows, scope, cluster, reference);
  if (found === undefined) throw invalidParameter('The referenced task was not found.');
  return found;
}
