import { checkedProviders, checkedStrategy } from '../clusters/capacity.ts';
import { describedCluster, allButStatistics } from '../clusters/described.ts';
import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { clusterKey, clusters } from '../records/cluster.ts';
import { activeCluster } from '../references.ts';

/**
 * Replaces a cluster's capacity providers and default strategy. Tasks that run keep the capacity they have.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html
 */
export function putClusterCapacityProviders({
  db,
  counts,
}: ClusterAndDefinitionDeps): EcsHandler<'PutClusterCapacityProviders'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const capacityProviders = checkedProviders(input.capacityProviders);
    const defaultCapacityProviderStrategy = checkedStrategy(input.defaultCapacityProviderStrategy, capacityProviders);
    const { result } = await db.transact((tx) => {
      const present = activeCluster(tx, scope, input.cluster);
      const row = { ...present, capacityProviders, defaultCapacityProviderStrategy };
      tx.put(clusters, clusterKey(scope, row.name), row);
      return row;
    });
    return { cluster: describedCluster(result, counts.of(scope, result.name), allButStatistics) };
  };
}
