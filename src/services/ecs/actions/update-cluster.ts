import { describedCluster, allButStatistics } from '../clusters/described.ts';
import { checkedConfiguration, mergedSettings } from '../clusters/settings.ts';
import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { clusterKey, clusters } from '../records/cluster.ts';
import { activeCluster } from '../references.ts';
import { defaultNamespace } from '../service-connect/cluster-defaults.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateCluster.html */
export function updateCluster({ db, counts, namespaces }: ClusterAndDefinitionDeps): EcsHandler<'UpdateCluster'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const configuration = input.configuration === undefined ? undefined : checkedConfiguration(input.configuration);
    const { result } = await db.transact((tx) => {
      const present = activeCluster(tx, scope, input.cluster);
      const { serviceConnectNamespace: _replaced, ...others } = present;
      const defaults = input.serviceConnectDefaults;
      const row = {
        ...(defaults === undefined ? present : { ...others, ...defaultNamespace(tx, namespaces, scope, defaults) }),
        settings: mergedSettings(present.settings, input.settings ?? []),
        ...(configuration === undefined ? {} : { configuration }),
      };
      tx.put(clusters, clusterKey(scope, row.name), row);
      return row;
    });
    return { cluster: describedCluster(result, counts.of(scope, result.name), allButStatistics) };
  };
}
