import type { ContainerInstance, Failure } from '../../../protocol/generated/ecs.ts';
import type { AgentConnections } from '../agent-gateway/connections.ts';
import { describedInstance } from '../container-instances/described.ts';
import { findInstance, referredArn } from '../container-instances/find-instance.ts';
import { invalidParameter } from '../errors.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { maxDescribed } from '../limits.ts';
import { activeCluster, presentRows } from '../references.ts';
import type { EcsHandler, TaskDeps } from '../tasks/deps.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeContainerInstances.html */
export function describeContainerInstances(
  { db, ledger }: TaskDeps,
  connections: AgentConnections,
): EcsHandler<'DescribeContainerInstances'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const rows = presentRows(db);
    const cluster = activeCluster(rows, scope, input.cluster);
    const references = input.containerInstances;
    if (references.length === 0) throw invalidParameter('Container instances cannot be empty.');
    if (references.length > maxDescribed)
      throw invalidParameter(`containerInstances can have at most ${maxDescribed} items.`);
    const include = new Set(input.include ?? []);
    const described: ContainerInstance[] = [];
    const failures: Failure[] = [];
    for (const reference of references) {
      const found = findInstance(rows, scope, cluster.name, reference);
      if (found === undefined) failures.push({ arn: referredArn(scope, cluster.name, reference), reason: 'MISSING' });
      else {
        described.push(
          describedInstance(found.instance, {
            available: ledger.available(found.key),
            tags: include.has('TAGS'),
            ...(include.has('CONTAINER_INSTANCE_HEALTH') ? { health: connections.health(found.key) } : {}),
          }),
        );
      }
    }
    return { containerInstances: described, failures };
  };
}
