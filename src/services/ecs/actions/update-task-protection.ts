import { invalidParameter } from '../errors.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { taskKey, tasks } from '../records/task.ts';
import { activeCluster } from '../references.ts';
import type { EcsHandler, TaskDeps } from '../tasks/deps.ts';
import {
  defaultProtectionMinutes,
  describedProtection,
  protectableTasks,
  withProtection,
} from '../tasks/protection.ts';

const maxTasks = 10;
/** Two days. */
const maxExpiresInMinutes = 2_880;
const minuteMs = 60_000;

/** Protects tasks of a service from scale-in and deployments. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateTaskProtection.html */
export function updateTaskProtection({ db }: TaskDeps): EcsHandler<'UpdateTaskProtection'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const minutes = input.expiresInMinutes;
    if (minutes !== undefined && (minutes < 1 || minutes > maxExpiresInMinutes))
      throw invalidParameter(`expiresInMinutes should be between 1 and ${maxExpiresInMinutes}, but was ${minutes}`);
    const { receivedMs } = context;
    const untilMs = input.protectionEnabled ? receivedMs + (minutes ?? defaultProtectionMinutes) * minuteMs : undefined;
    const { result } = await db.transact((tx) => {
      const cluster = activeCluster(tx, scope, input.cluster);
      const named = { references: input.tasks, max: maxTasks };
      const { found, failures } = protectableTasks(tx, scope, cluster.name, named);
      const changed = found.map((task) => withProtection(task, untilMs));
      for (const task of changed) tx.put(tasks, taskKey(task, task.cluster, task.id), task);
      return { protectedTasks: changed.map((task) => describedProtection(task, receivedMs)), failures };
    });
    return result;
  };
}
