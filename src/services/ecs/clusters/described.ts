import type { Cluster, DescribeClustersRequest } from '../../../protocol/generated/ecs.ts';
import { clusterArn } from '../records/cluster.ts';
import type { ClusterRecord } from '../records/cluster.ts';
import type { ClusterCount } from './counts.ts';

export type Include = ReadonlySet<NonNullable<DescribeClustersRequest['include']>[number]>;

/** What the answers to creating and changing a cluster hold: all but the statistics. https://docs.aws.amazon.com/cli/latest/reference/ecs/create-cluster.html */
export const allButStatistics: Include = new Set(['ATTACHMENTS', 'CONFIGURATIONS', 'SETTINGS', 'TAGS']);

/** A cluster as the API shows it; the lists of parts that were not asked for are empty, as on AWS. */
export function describedCluster(row: ClusterRecord, count: ClusterCount, include: Include): Cluster {
  return {
    clusterArn: clusterArn(row, row.name),
    clusterName: row.name,
    status: row.status,
    registeredContainerInstancesCount: count.containerInstances,
    runningTasksCount: count.runningTasks,
    pendingTasksCount: count.pendingTasks,
    activeServicesCount: count.activeServices,
    statistics: include.has('STATISTICS')
      ? count.statistics.map(({ name, value }) => ({ name, value: String(value) }))
      : [],
    tags: include.has('TAGS') ? row.tags : [],
    settings: include.has('SETTINGS') ? row.settings.map(({ value }) => ({ name: 'containerInsights', value })) : [],
    capacityProviders: row.capacityProviders,
    defaultCapacityProviderStrategy: row.defaultCapacityProviderStrategy,
    ...(row.serviceConnectNamespace === undefined
      ? {}
      : { serviceConnectDefaults: { namespace: row.serviceConnectNamespace } }),
    ...(include.has('CONFIGURATIONS') && row.configuration !== undefined ? { configuration: row.configuration } : {}),
    ...(include.has('ATTACHMENTS') ? { attachments: [] } : {}),
  };
}
