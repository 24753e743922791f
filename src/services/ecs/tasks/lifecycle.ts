import { taskStatuses, type TaskStatus } from '../records/task.ts';

const rank: Readonly<Record<TaskStatus, number>> = Object.fromEntries(
  taskStatuses.map((status, index) => [status, index]),
) as Record<TaskStatus, number>;

/** True when `to` is right of `from` in the life of a task. */
export function isLater(to: TaskStatus, from: TaskStatus): boolean {
  return rank[to] > rank[from];
}

/** The further of two statuses: a task never goes back. */
export function furthest(a: TaskStatus, b: TaskStatus): TaskStatus {
  return isLater(b, a) ? b : a;
}
