import { Conflict, InvalidArgument, NotFound } from '../../../kernel/index.ts';
import type { Controller } from '../../../reconcile/index.ts';
import { isConnectable, tasks, type TaskRecord } from '../records/task.ts';
import type { TaskDeps } from '../tasks/deps.ts';
import { disconnected } from '../tasks/write-task.ts';
import { hostAttributes } from './host-attributes.ts';

/** After an endpoint refused a task, such as one whose Cloud Map service somebody deleted. */
const retryMs = 30_000;

/**
 * Running, healthy tasks become hosts of their Service Connect endpoints: instances of their Cloud Map services. One that is unhealthy leaves; that one leaves
 * which stops is written where it is written that it stops (write-task.ts).
 */
export function connectRegistrationController(deps: TaskDeps): Controller {
  const { db, clock, log, registrar } = deps;
  const table = db.table(tasks);
  return {
    name: 'service-connect-registration',
    watch(enqueue) {
      const stop = table.onChange(({ key, after }) => {
        if (after !== undefined && isDue(after)) enqueue(key);
      });
      for (const key of table.keys('connecting', 'all')) enqueue(key);
      return stop;
    },
    async reconcile(key) {
      const found = table.get(key)?.row;
      if (found === undefined || !isDue(found)) return {};
      try {
        await db.transact((tx) => {
          const task = tx.get(tasks, key);
          if (task === undefined || !isDue(task)) return;
          if (task.connected === true) return tx.put(tasks, key, disconnected(tx, { registrar }, task));
          for (const { discoveryArn, port } of task.connect?.hosts ?? []) {
            const attributes = hostAttributes(task, port);
            if (attributes === undefined) throw new NotFound('The task has no address yet');
            registrar.register(tx, { account: task.account, region: task.region }, discoveryArn, {
              id: task.id,
              attributes,
            });
          }
          tx.put(tasks, key, { ...task, connected: true });
        });
        return {};
      } catch (error) {
        if (!(error instanceof NotFound || error instanceof InvalidArgument || error instanceof Conflict)) throw error;
        log.warn('a task could not become a host of its Service Connect endpoints', {
          task: key,
          error: error.message,
        });
        return { wakeAtMs: clock.nowMs() + retryMs };
      }
    },
  };
}

/** Is it a host and should not be, or the reverse? What ends is not looked at here. */
function isDue(task: TaskRecord): boolean {
  if (task.connected === true)
    return !isConnectable(task) && task.desiredStatus === 'RUNNING' && task.lastStatus === 'RUNNING';
  return isConnectable(task);
}
