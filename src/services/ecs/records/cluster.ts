import { formatArn } from '../../../kernel/index.ts';
import type { TableSpec } from '../../../store/index.ts';
import type { Scope, Tag } from './scope.ts';

export interface StrategyItem {
  readonly capacityProvider: string;
  readonly weight: number;
  readonly base: number;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Cluster.html */
export interface ClusterRecord extends Scope {
  readonly name: string;
  /** DEPROVISIONING: DeleteCluster has closed it to new work and is counting what is left (see actions/delete-cluster). */
  readonly status: 'ACTIVE' | 'DEPROVISIONING' | 'INACTIVE';
  readonly createdAtMs: number;
  readonly settings: readonly { readonly name: string; readonly value: string }[];
  /** As given: executeCommandConfiguration, managedStorageConfiguration. */
  readonly configuration?: object;
  readonly capacityProviders: readonly string[];
  readonly defaultCapacityProviderStrategy: readonly StrategyItem[];
  /** ARN of the default Service Connect namespace. */
  readonly serviceConnectNamespace?: string;
  readonly tags: readonly Tag[];
}

export function clusterKey(scope: Scope, name: string): string {
  return `/ecs/cluster/${scope.account}/${scope.region}/${name}`;
}

export function clusterArn(scope: Scope, name: string): string {
  return formatArn('ecs', scope.region, scope.account, `cluster/${name}`);
}

export const clusters: TableSpec<ClusterRecord, 'scope'> = {
  prefix: '/ecs/cluster/',
  indexes: { scope: (row) => (row.status === 'INACTIVE' ? undefined : `${row.account}/${row.region}`) },
};
