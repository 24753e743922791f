import { invalidParameter } from '../errors.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { activeCluster, presentRows } from '../references.ts';
import type { EcsHandler, TaskDeps } from '../tasks/deps.ts';
import { protectionFailures } from '../tasks/protection.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateTaskProtection.html */
export function updateTaskProtection({ db }: TaskDeps): EcsHandler<'UpdateTaskProtection'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const rows = presentRows(db);
    const cluster = activeCluster(rows, scope, input.cluster);
    if (input.tasks.length === 0) throw invalidParameter('Tasks cannot be empty.');
    return { protectedTasks: [], failures: protectionFailures(rows, scope, cluster.name, input.tasks) };
  };
}
