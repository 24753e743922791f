import type { Database } from '../../../store/index.ts';
import type { ServiceRecord } from '../records/service.ts';
import { tasks, type TaskStatus } from '../records/task.ts';

/** What AWS counts as pending: on the way to RUNNING. */
const pendingStatuses: readonly TaskStatus[] = ['PROVISIONING', 'PENDING', 'ACTIVATING'];
interface Counts {
  readonly running: number;
  readonly pending: number;
}

/** Tasks of one deployment or task set, from an index. */
export function countsOf(db: Database, service: ServiceRecord, startedBy: string): Counts {
  const { account, region, cluster } = service;
  const count = (status: TaskStatus): number =>
    db.table(tasks).count('deploymentLast', `${account}/${region}/${cluster}/${startedBy}/${status}`);
  return {
    running: count('RUNNING'),
    pending: pendingStatuses.reduce((sum, status) => sum + count(status), 0),
  };
}
