import { invalidParameter } from '../errors.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { activeCluster, presentRows } from '../references.ts';
import type { EcsHandler, TaskDeps } from '../tasks/deps.ts';
import { protectionFailures } from '../tasks/protection.ts';

const maxTasks = 10;
/** Two days. */
const maxExpiresInMinutes = 2_880;

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateTaskProtection.html */
export function updateTaskProtection({ db }: TaskDeps): EcsHandler<'UpdateTaskProtection'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const rows = presentRows(db);
    const cluster = activeCluster(rows, scope, input.cluster);
    const minutes = input.expiresInMinutes;
    if (minutes !== undefined && (minutes < 1 || minutes > maxExpiresInMinutes))
      throw invalidParameter(`expiresInMinutes should be between 1 and ${maxExpiresInMinutes}, but was ${minutes}`);
    const named = { references: input.tasks, max: maxTasks };
    return { protectedTasks: [], failures: protectionFailures(rows, scope, cluster.name, named) };
  };
}
