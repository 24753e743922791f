import { describedCluster, allButStatistics } from '../clusters/described.ts';
import { mergedSettings } from '../clusters/settings.ts';
import { invalidParameter } from '../errors.ts';
import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { clusterKey, clusters } from '../records/cluster.ts';
import { activeCluster } from '../references.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateClusterSettings.html */
export function updateClusterSettings({ db, counts }: ClusterAndDefinitionDeps): EcsHandler<'UpdateClusterSettings'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    if (input.settings.length === 0) throw invalidParameter('Settings cannot be empty.');
    const { result } = await db.transact((tx) => {
      const present = activeCluster(tx, scope, input.cluster);
      const row = { ...present, settings: mergedSettings(present.settings, input.settings) };
      tx.put(clusters, clusterKey(scope, row.name), row);
      return row;
    });
    return { cluster: describedCluster(result, counts.of(scope, result.name), allButStatistics) };
  };
}
