import { parseArn } from '../../../kernel/index.ts';
import type { Database } from '../../../store/index.ts';
import { taskKey, tasks } from '../records/task.ts';

/** Whether the task an ARN names is there and has not stopped. */
export function isTaskLive(db: Database, arn: string): boolean {
  const named = parseArn(arn);
  const [, cluster, id] = /^task\/([^/]+)\/([^/]+)$/.exec(named?.resource ?? '') ?? [];
  if (named === undefined || cluster === undefined || id === undefined) return false;
  const task = db.get(tasks, taskKey({ account: named.account, region: named.region }, cluster, id))?.row;
  return task !== undefined && task.lastStatus !== 'STOPPED';
}
