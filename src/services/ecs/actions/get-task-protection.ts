import { invalidParameter } from '../errors.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { activeCluster, presentRows } from '../references.ts';
import type { EcsHandler, TaskDeps } from '../tasks/deps.ts';
import { protectionFailures } from '../tasks/protection.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_GetTaskProtection.html */
export function getTaskProtection({ db }: TaskDeps): EcsHandler<'GetTaskProtection'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const rows = presentRows(db);
    const cluster = activeCluster(rows, scope, input.cluster);
    if ((input.tasks ?? []).length === 0) throw invalidParameter('Tasks cannot be empty.');
    return { protectedTasks: [], failures: protectionFailures(rows, scope, cluster.name, input.tasks ?? []) };
  };
}
