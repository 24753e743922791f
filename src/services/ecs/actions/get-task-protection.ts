import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { maxDescribed } from '../limits.ts';
import { activeCluster, presentRows } from '../references.ts';
import type { EcsHandler, TaskDeps } from '../tasks/deps.ts';
import { describedProtection, protectableTasks } from '../tasks/protection.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_GetTaskProtection.html */
export function getTaskProtection({ db }: TaskDeps): EcsHandler<'GetTaskProtection'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const rows = presentRows(db);
    const cluster = activeCluster(rows, scope, input.cluster);
    const named = { references: input.tasks ?? [], max: maxDescribed };
    const { found, failures } = protectableTasks(rows, scope, cluster.name, named);
    return { protectedTasks: found.map((task) => describedProtection(task, context.receivedMs)), failures };
  };
}
