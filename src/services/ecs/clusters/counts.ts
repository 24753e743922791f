import type { Scope } from '../records/scope.ts';

/** How much is in a cluster. Read from indexes, at the revision the tables show; nothing is scanned. */
export interface ClusterCounts {
  of(scope: Scope, cluster: string): ClusterCount;
}

export interface ClusterCount {
  /** ACTIVE and DRAINING container instances. */
  readonly containerInstances: number;
  readonly runningTasks: number;
  readonly pendingTasks: number;
  /** Tasks that are not STOPPED. */
  readonly liveTasks: number;
  readonly activeServices: number;
  /** As DescribeClusters shows them with STATISTICS, such as `runningFargateTasksCount`. */
  readonly statistics: readonly { readonly name: string; readonly value: number }[];
}
