import type { Database } from '../../../store/index.ts';
import { containerInstances } from '../records/container-instance.ts';
import { services } from '../records/service.ts';
import { taskStatuses, tasks } from '../records/task.ts';
import type { TaskStatus } from '../records/task.ts';
import type { ClusterCount, ClusterCounts } from './counts.ts';

const launchTypes = ['EC2', 'FARGATE', 'EXTERNAL'] as const;
/** As DescribeClusters names them. */
const shownLaunchType = { EC2: 'EC2', FARGATE: 'Fargate', EXTERNAL: 'External' } as const;
/** What AWS counts as pending: on the way to RUNNING. */
const pendingStatuses: readonly TaskStatus[] = ['PROVISIONING', 'PENDING', 'ACTIVATING'];

/** Counts from the indexes of tasks, container instances and services. */
export function tableCounts(db: Database): ClusterCounts {
  return { of: (scope, cluster) => countOf(db, `${scope.account}/${scope.region}/${cluster}`) };
}

function countOf(db: Database, home: string): ClusterCount {
  const table = db.table(tasks);
  const inStatus = (status: TaskStatus): number => table.count('clusterLast', `${home}/${status}`);
  const statistics = launchTypes.flatMap((launchType) => {
    const shown = shownLaunchType[launchType];
    const counted = (status: TaskStatus): number => table.count('launchTypeLast', `${home}/${launchType}/${status}`);
    return [
      { name: `running${shown}TasksCount`, value: counted('RUNNING') },
      { name: `pending${shown}TasksCount`, value: total(pendingStatuses, counted) },
    ];
  });
  return {
    containerInstances: db.table(containerInstances).count('cluster', home),
    runningTasks: inStatus('RUNNING'),
    pendingTasks: total(pendingStatuses, inStatus),
    liveTasks: total(
      taskStatuses.filter((status) => status !== 'STOPPED'),
      inStatus,
    ),
    activeServices: db.table(services).count('cluster', home),
    statistics,
  };
}

function total(statuses: readonly TaskStatus[], count: (status: TaskStatus) => number): number {
  return statuses.reduce((sum, status) => sum + count(status), 0);
}
