import type { Controller } from '../../../reconcile/index.ts';
import type { Scope } from '../records/scope.ts';
import { containerInstances } from '../records/container-instance.ts';
import { serviceDeployments } from '../records/service-deployment.ts';
import { serviceKey, services, type ServiceRecord } from '../records/service.ts';
import { taskSets } from '../records/task-set.ts';
import { tasks } from '../records/task.ts';
import { apply, isIdle } from './apply.ts';
import { decide } from './decide.ts';
import type { SchedulerDeps } from './deps.ts';
import { OpenTasks } from './open-tasks.ts';
import { homeOf, readView } from './read-view.ts';
import { maxActs } from './settings.ts';
import { serviceKeyOf } from './task-facts.ts';

/** Tasks of services that are gone, taken note of in one transaction. */
const maxOrphansAtOnce = 5 * maxActs;

/**
 * Looks after each service: reads a view, decides, and writes the answer in one transaction on the service's record. Woken by changes of the service, its
 * deployments, tasks, targets, instances and alarms, each found by an index, so that a change costs the same however many services there are.
 */
export function serviceController(deps: SchedulerDeps): Controller {
  const open = new OpenTasks();
  return {
    name: 'service-scheduler',
    watch: (enqueue) => watch(deps, open, enqueue),
    async reconcile(key) {
      const { clock } = deps;
      const read = readView(deps, open, key);
      if (read === undefined) return forget(deps, open, key);
      const decision = decide(read.view);
      if (isIdle(read.view, decision)) return decision.wakeAtMs === undefined ? {} : { wakeAtMs: decision.wakeAtMs };
      const outcome = await apply(deps, key, read, decision);
      if (!outcome.done || decision.more) return { wakeAtMs: clock.nowMs() };
      return outcome.wakeAtMs === undefined ? {} : { wakeAtMs: outcome.wakeAtMs };
    },
  };
}

/** Nobody will count how the last tasks of a service that is gone ended. */
async function forget({ db, clock }: SchedulerDeps, open: OpenTasks, key: string) {
  const ended = [...open.of(key).values()].filter(({ status }) => status === 'STOPPED').slice(0, maxOrphansAtOnce);
  if (ended.length === 0) return {};
  await db.transact((tx) => {
    for (const { key: task } of ended) {
      const row = tx.get(tasks, task);
      if (row?.lastStatus === 'STOPPED' && row.settled !== true)
        tx.put(tasks, task, { ...row, settled: true, version: row.version + 1 });
    }
  });
  return { wakeAtMs: clock.nowMs() };
}

function watch(deps: SchedulerDeps, open: OpenTasks, enqueue: (key: string) => void): () => void {
  const { db, ledger, targets, alarms } = deps;
  const table = db.table(services);
  const alarmed = new AlarmedServices();
  for (const cluster of table.values('cluster'))
    for (const key of table.keys('cluster', cluster)) {
      alarmed.set(key, table.get(key)?.row);
      enqueue(key);
    }
  const daemons = (instanceKey: string): void => {
    for (const key of table.keys('clusterScheduling', `${homeOf(instanceKey)}/DAEMON`)) enqueue(key);
  };
  const stops = [
    open.follow(db.table(tasks), enqueue),
    table.onChange(({ key, after }) => {
      alarmed.set(key, after);
      enqueue(key);
    }),
    db.table(serviceDeployments).onChange(({ after }) => {
      if (after !== undefined) enqueue(serviceKey(after, after.cluster, after.service));
    }),
    db.table(taskSets).onChange(({ before, after }) => {
      const row = after ?? before;
      if (row !== undefined) enqueue(serviceKey(row, row.cluster, row.service));
    }),
    db.table(containerInstances).onChange(({ key, before, after }) => {
      daemons(key);
      if (before?.status === after?.status) return;
      for (const task of db.table(tasks).keys('instanceLive', key)) {
        const row = db.get(tasks, task)?.row;
        const service = row === undefined ? undefined : serviceKeyOf(row);
        if (service !== undefined) enqueue(service);
      }
    }),
    ledger.onConnected(daemons),
    targets.onTargetsChanged((arn) => {
      for (const key of open.inGroup(arn)) enqueue(key);
    }),
    alarms.onChange((scope, name) => {
      for (const key of alarmed.of(scope, name)) enqueue(key);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Which services watch which alarm. */
class AlarmedServices {
  readonly #byAlarm = new Map<string, Set<string>>();
  readonly #byService = new Map<string, readonly string[]>();

  set(key: string, service: ServiceRecord | undefined): void {
    for (const name of this.#byService.get(key) ?? []) {
      const watching = this.#byAlarm.get(name);
      watching?.delete(key);
      if (watching?.size === 0) this.#byAlarm.delete(name);
    }
    const watched = service?.status === 'ACTIVE' ? service.deploymentConfiguration.alarms : undefined;
    if (service === undefined || watched?.enable !== true) {
      this.#byService.delete(key);
      return;
    }
    const names = watched.alarmNames.map((name) => alarmId(service, name));
    this.#byService.set(key, names);
    for (const name of names) this.#byAlarm.set(name, (this.#byAlarm.get(name) ?? new Set()).add(key));
  }

  of(scope: Scope, name: string): Iterable<string> {
    return this.#byAlarm.get(alarmId(scope, name)) ?? [];
  }
}

function alarmId({ account, region }: Scope, name: string): string {
  return `${account}/${region}/${name}`;
}
