import type { Database } from '../../../store/index.ts';
import type { ClusterCounts } from '../clusters/counts.ts';
import { containerInstances } from '../records/container-instance.ts';
import { tasks, taskStatuses, type TaskRecord, type TaskStatus } from '../records/task.ts';

const pending: readonly TaskStatus[] = ['PROVISIONING', 'PENDING', 'ACTIVATING'];
const live = taskStatuses.filter((status) => status !== 'STOPPED');
const launchTypes: readonly (readonly [TaskRecord['launchType'], string])[] = [
  ['EC2', 'EC2'],
  ['FARGATE', 'Fargate'],
  ['EXTERNAL', 'External'],
];

/** How much is in a cluster, from the indexes' counts. */
export function clusterCounts(db: Database): ClusterCounts {
  const table = db.table(tasks);
  return {
    of(scope, cluster) {
      const home = `${scope.account}/${scope.region}/${cluster}`;
      const count = (statuses: readonly TaskStatus[]): number =>
        statuses.reduce((sum, status) => sum + table.count('clusterLast', `${home}/${status}`), 0);
      const ofType = (type: string, statuses: readonly TaskStatus[]): number =>
        statuses.reduce((sum, status) => sum + table.count('launchTypeLast', `${home}/${type}/${status}`), 0);
      return {
        containerInstances: db.table(containerInstances).count('cluster', home),
        runningTasks: count(['RUNNING']),
        pendingTasks: count(pending),
        liveTasks: count(live),
        activeServices: 0,
        statistics: launchTypes.flatMap(([type, name]) => [
          { name: `running${name}TasksCount`, value: ofType(type, ['RUNNING']) },
          { name: `pending${name}TasksCount`, value: ofType(type, pending) },
        ]),
      };
    },
  };
}
