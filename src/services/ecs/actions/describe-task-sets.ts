import { invalidParameter } from '../errors.ts';
import { scopeOf, type EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { activeCluster, presentRows } from '../references.ts';
import type { ServiceDeps } from '../services/deps.ts';
import { activeService } from '../services/find-service.ts';
import { describedTaskSet, requireTaskSets, taskSetsOf } from '../services/task-sets.ts';

const maxTaskSets = 10;

/** Those named, or all of the service. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskSets.html */
export function describeTaskSets({ db }: ServiceDeps): EcsHandler<'DescribeTaskSets'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const rows = presentRows(db);
    const cluster = activeCluster(rows, scope, input.cluster);
    const service = activeService(rows, scope, cluster.name, input.service);
    requireTaskSets(service);
    const tags = input.include?.includes('TAGS') ?? false;
    const references = input.taskSets ?? [];
    if (references.length > maxTaskSets) throw invalidParameter(`taskSets can have at most ${maxTaskSets} items.`);
    const all = taskSetsOf(db, service);
    const named = references.map((reference) => ({
      reference,
      row: all.find(({ id }) => id === `ecs-svc/${reference.slice(reference.lastIndexOf('/') + 1)}`),
    }));
    const shown = references.length === 0 ? all : named.flatMap(({ row }) => row ?? []);
    return {
      taskSets: shown.map((row) => describedTaskSet(db, service, row, { tags })),
      failures: named.flatMap(({ row, reference }) =>
        row === undefined ? [{ arn: reference, reason: 'MISSING' }] : [],
      ),
    };
  };
}
