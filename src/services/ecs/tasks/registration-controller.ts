import { Conflict, InvalidArgument, NotFound } from '../../../kernel/index.ts';
import type { Controller } from '../../../reconcile/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { containerInstances } from '../records/container-instance.ts';
import { isRegistrable, tasks, type TaskRecord, type TaskRegistry } from '../records/task.ts';
import type { TaskDeps } from './deps.ts';
import { registeredAttributes, registeredHealth } from './registration.ts';

/** After a registry refused a task, such as one that is full or was deleted. */
const retryMs = 30_000;

/**
 * Running tasks of services with a Cloud Map registry become its instances, and their containers' health is told to it. That they leave is written where it
 * is written that they stop (write-task.ts).
 */
export function registrationController(deps: TaskDeps): Controller {
  const { db, clock, log } = deps;
  const table = db.table(tasks);
  return {
    name: 'task-registration',
    watch(enqueue) {
      const stop = table.onChange(({ key, after }) => {
        if (after?.registry !== undefined && isRegistrable(after)) enqueue(key);
      });
      for (const key of table.keys('registering', 'all')) enqueue(key);
      return stop;
    },
    async reconcile(key) {
      const found = table.get(key)?.row;
      if (found?.registry === undefined || !isRegistrable(found) || isTold(deps, found, found.registry)) return {};
      try {
        await db.transact((tx) => {
          const task = tx.get(tasks, key);
          if (task?.registry === undefined || !isRegistrable(task)) return;
          if (task.registered === true) tellHealth(tx, deps, task, task.registry);
          else register(tx, deps, key, { task, registry: task.registry });
        });
        return {};
      } catch (error) {
        if (!(error instanceof NotFound || error instanceof InvalidArgument || error instanceof Conflict)) throw error;
        log.warn('a task could not be registered with its service registry', {
          task: key,
          registry: found.registry.registryArn,
          error: error.message,
        });
        return { wakeAtMs: clock.nowMs() + retryMs };
      }
    },
  };
}

/** The registry knows it, and how it is. One that somebody else took out is not registered again. */
function isTold({ registrar }: TaskDeps, task: TaskRecord, { registryArn }: TaskRegistry): boolean {
  if (task.registered !== true) return false;
  const known = registrar.health(scopeOf(task), registryArn, task.id);
  return known === undefined || known === registeredHealth(task);
}

function tellHealth(tx: Transaction, { registrar }: TaskDeps, task: TaskRecord, { registryArn }: TaskRegistry): void {
  registrar.setHealth(tx, scopeOf(task), registryArn, { id: task.id, health: registeredHealth(task) });
}

function scopeOf({ account, region }: TaskRecord): { readonly account: string; readonly region: string } {
  return { account, region };
}

function register(
  tx: Transaction,
  { db, registrar }: TaskDeps,
  key: string,
  { task, registry }: { readonly task: TaskRecord; readonly registry: TaskRegistry },
): void {
  const facts = registrar.registry(scopeOf(task), registry.registryArn);
  if (facts === undefined) throw new NotFound(`The Cloud Map service ${registry.registryArn} does not exist`);
  const machine = task.instanceKey === undefined ? undefined : db.get(containerInstances, task.instanceKey)?.row;
  const attributes = registeredAttributes(task, registry, { machine, customHealth: facts.customHealth });
  if (attributes === undefined) throw new InvalidArgument('the task has no address');
  registrar.register(tx, scopeOf(task), registry.registryArn, { id: task.id, attributes });
  tx.put(tasks, key, { ...task, registered: true, version: task.version + 1 });
}
