import { ApiError } from '../../../protocol/api/index.ts';
import type { Database } from '../../../store/index.ts';
import type { ClusterCount } from '../clusters/counts.ts';
import { describedCluster, allButStatistics } from '../clusters/described.ts';
import { clusterNotFound } from '../errors.ts';
import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { clusterKey, clusters } from '../records/cluster.ts';
import type { ClusterRecord } from '../records/cluster.ts';
import type { Scope } from '../records/scope.ts';
import { findCluster } from '../references.ts';

/**
 * Deletes an empty cluster; it stays describable as INACTIVE.
 * Two steps, so that no task slips in: the cluster is closed first (whatever starts work reads it in its own transaction, and
 * is refused from then on), and only then, when the tables show all that was started before, counted. What is found opens it
 * again. A crash between leaves it DEPROVISIONING, and deleting it again goes on.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html
 */
export function deleteCluster({ db, counts }: ClusterAndDefinitionDeps): EcsHandler<'DeleteCluster'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const closed = await close(db, scope, input.cluster);
    const obstacle = obstacleIn(counts.of(scope, closed.name));
    const status = obstacle === undefined ? 'INACTIVE' : 'ACTIVE';
    const { result } = await db.transact((tx) => {
      const present = tx.get(clusters, clusterKey(scope, closed.name));
      if (present?.status !== 'DEPROVISIONING') throw clusterNotFound();
      const row: ClusterRecord = { ...present, status };
      tx.put(clusters, clusterKey(scope, row.name), row);
      return row;
    });
    if (obstacle !== undefined) throw obstacle;
    return { cluster: describedCluster(result, counts.of(scope, result.name), allButStatistics) };
  };
}

async function close(db: Database, scope: Scope, reference: string): Promise<ClusterRecord> {
  const { result } = await db.transact((tx) => {
    const present = findCluster(tx, scope, reference);
    if (present === undefined || present.status === 'INACTIVE') throw clusterNotFound();
    const row: ClusterRecord = { ...present, status: 'DEPROVISIONING' };
    if (present.status === 'ACTIVE') tx.put(clusters, clusterKey(scope, row.name), row);
    return row;
  });
  return result;
}

function obstacleIn(count: ClusterCount): ApiError | undefined {
  if (count.containerInstances > 0) {
    return new ApiError(
      'ClusterContainsContainerInstancesException',
      'The Cluster cannot be deleted while Container Instances are active or draining.',
    );
  }
  if (count.activeServices > 0) {
    return new ApiError('ClusterContainsServicesException', 'The Cluster cannot be deleted while Services are active.');
  }
  if (count.liveTasks > 0) {
    return new ApiError('ClusterContainsTasksException', 'The Cluster cannot be deleted while Tasks are active.');
  }
  return undefined;
}
