import { ApiError } from '../../../protocol/api/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { serviceDeploymentKey, serviceDeployments } from '../records/service-deployment.ts';
import { maxServiceEvents, serviceEventKey, serviceEvents } from '../records/service-event.ts';
import { ownedBy, services, type ServiceRecord } from '../records/service.ts';
import { taskSetKey, taskSets } from '../records/task-set.ts';
import { tasks, type TaskRecord, type TaskTarget } from '../records/task.ts';
import { withInterface } from '../tasks/interface.ts';
import { toldToStop } from '../tasks/stopped.ts';
import { takesTasks } from '../tasks/takes-tasks.ts';
import { writeTask } from '../tasks/write-task.ts';
import { decisionWithoutRoom } from './after-no-room.ts';
import type { Decision, Registration } from './decision.ts';
import type { SchedulerDeps } from './deps.ts';
import { events, inTaskSet } from './events.ts';
import { planStarts, type Plan, type PlannedTask } from './plan-starts.ts';
import type { ReadView } from './read-view.ts';
import type { ServiceView, WantedTarget } from './view.ts';

/** Events that one turn writes at most; those beyond say what the earlier ones do of other tasks. */
const maxEventsAtOnce = 12;

/** What became of a decision. `stale`: what it stood on has changed, so nothing was written. */
export type Outcome = { readonly done: true; readonly wakeAtMs?: number } | { readonly done: false };

/** Finds places for what is to start and writes the whole decision in one transaction, or nothing. */
export async function apply(deps: SchedulerDeps, key: string, read: ReadView, decided: Decision): Promise<Outcome> {
  const plan = planStarts(deps, read.view, decided.starts);
  let committed = false;
  try {
    const decision = plan.noRoom === undefined ? decided : decisionWithoutRoom(read.view, decided, plan.noRoom);
    committed = await commit(deps, key, { read, decision, planned: plan.planned });
    return outcome(committed, decision);
  } catch (error) {
    // Such as a subnet without a free address, found out while writing.
    if (!(error instanceof ApiError) || plan.planned.length === 0) throw error;
    return await withoutStarts(deps, key, { read, decided, plan, why: error.message });
  } finally {
    if (!committed) for (const { key: taskKey } of plan.planned) deps.ledger.release(taskKey);
  }
}

function outcome(done: boolean, { wakeAtMs }: Decision): Outcome {
  if (!done) return { done };
  return wakeAtMs === undefined ? { done } : { done, wakeAtMs };
}

async function withoutStarts(
  deps: SchedulerDeps,
  key: string,
  failed: { readonly read: ReadView; readonly decided: Decision; readonly plan: Plan; readonly why: string },
): Promise<Outcome> {
  const { read, decided, plan, why } = failed;
  const decision = decisionWithoutRoom(read.view, decided, {
    deploymentId: plan.planned[0]?.deploymentId ?? '',
    event: events.cannotStart(read.view.service.name, why),
  });
  return outcome(await commit(deps, key, { read, decision, planned: [] }), decision);
}

interface Writing {
  readonly read: ReadView;
  readonly decision: Decision;
  readonly planned: readonly PlannedTask[];
}

async function commit(deps: SchedulerDeps, key: string, writing: Writing): Promise<boolean> {
  const { db } = deps;
  const { read, decision, planned } = writing;
  const { result } = await db.transact((tx) => {
    if (!isFresh(deps, tx, key, read)) return false;
    const instances = new Set(planned.flatMap(({ task }) => task.instanceKey ?? []));
    for (const instance of instances) if (!takesTasks(tx, instance)) return false;
    const { nowMs } = read.view;
    const { account, region } = read.view.service;
    for (const { ruleArn, weights } of decision.shifts)
      deps.targets.setWeights(tx, { account, region }, ruleArn, weights);
    for (const task of decision.settled) change(tx, task, (row) => settled(row));
    for (const task of decision.healthy) change(tx, task, (row) => provenHealthy(row, nowMs));
    for (const one of decision.registrations) register(deps, tx, one);
    for (const { taskKey, stopCode, reason } of decision.stops) {
      const row = tx.get(tasks, taskKey);
      if (row === undefined || row.desiredStatus === 'STOPPED') continue;
      writeTask(tx, deps, toldToStop(row, { stopCode, reason, nowMs }));
    }
    for (const one of planned) tx.create(tasks, one.key, withNetwork(deps, tx, one));
    const said = [...startEvents(read.view, planned), ...decision.events];
    const service = withEvents(deps, tx, { service: decision.service, said, nowMs });
    if (service !== read.view.service) tx.put(services, key, service);
    for (const row of decision.serviceDeployments)
      tx.put(serviceDeployments, serviceDeploymentKey(ownedBy(service), row.id), row);
    for (const row of decision.taskSets) tx.put(taskSets, taskSetKey(ownedBy(service), row.id), row);
    for (const id of decision.goneTaskSets) tx.delete(taskSets, taskSetKey(ownedBy(service), id));
    return true;
  });
  return result;
}

/** Is what was decided upon still so? The rows become conditions of the commit. */
function isFresh({ db }: SchedulerDeps, tx: Transaction, key: string, read: ReadView): boolean {
  tx.get(services, key);
  if (db.get(services, key)?.modRevision !== read.modRevision) return false;
  const of = ownedBy(read.view.service);
  for (const [id, modRevision] of read.deploymentRevisions) {
    const deployment = serviceDeploymentKey(of, id);
    tx.get(serviceDeployments, deployment);
    if (db.get(serviceDeployments, deployment)?.modRevision !== modRevision) return false;
  }
  for (const [id, modRevision] of read.taskSetRevisions) {
    const set = taskSetKey(of, id);
    tx.get(taskSets, set);
    if (db.get(taskSets, set)?.modRevision !== modRevision) return false;
  }
  return true;
}

function change(tx: Transaction, key: string, changed: (row: TaskRecord) => TaskRecord): void {
  const row = tx.get(tasks, key);
  if (row === undefined) return;
  const next = changed(row);
  if (next !== row) tx.put(tasks, key, { ...next, version: row.version + 1 });
}

function settled(row: TaskRecord): TaskRecord {
  return row.lastStatus === 'STOPPED' && row.settled !== true ? { ...row, settled: true } : row;
}

function provenHealthy(row: TaskRecord, nowMs: number): TaskRecord {
  return row.lastStatus === 'RUNNING' && row.healthyAtMs === undefined ? { ...row, healthyAtMs: nowMs } : row;
}

/** Only of a task that still runs and is to run: no target is registered that is not running. */
function register({ targets: registrar }: SchedulerDeps, tx: Transaction, { taskKey, targets }: Registration): void {
  change(tx, taskKey, (row) => {
    if (row.lastStatus !== 'RUNNING' || row.desiredStatus !== 'RUNNING') return row;
    const scope = { account: row.account, region: row.region };
    for (const { targetGroupArn, health: _now, lost: _not, ...target } of targets)
      registrar.register(tx, scope, targetGroupArn, [target]);
    return { ...row, targets: merged(row.targets ?? [], targets) };
  });
}

function merged(known: readonly TaskTarget[], added: readonly WantedTarget[]): readonly TaskTarget[] {
  const name = ({ targetGroupArn, id, port }: TaskTarget): string => `${targetGroupArn} ${id} ${port}`;
  const all = new Map(known.map((target) => [name(target), target]));
  for (const { health: _now, lost: _not, ...target } of added) all.set(name(target), target);
  return [...all.values()];
}

function withNetwork(deps: SchedulerDeps, tx: Transaction, planned: PlannedTask): TaskRecord {
  const { task, network, zones, zonesPreferred } = planned;
  if (network === undefined) return task;
  try {
    return withInterface(tx, deps, task, { configuration: network, zones });
  } catch (error) {
    if (zonesPreferred !== true || !(error instanceof ApiError)) throw error;
    return withInterface(tx, deps, task, { configuration: network });
  }
}

/** Of task sets, one each. */
function startEvents(
  { service: { name }, taskSets: sets }: ServiceView,
  all: readonly PlannedTask[],
): readonly string[] {
  if (sets.length === 0) return startEvent(name, all);
  return sets.flatMap(({ id }) =>
    startEvent(
      inTaskSet(name, id),
      all.filter(({ deploymentId }) => deploymentId === id),
    ),
  );
}

function startEvent(service: string, planned: readonly PlannedTask[]): readonly string[] {
  const [first] = planned;
  if (first === undefined) return [];
  const keys = planned.map(({ key }) => key);
  return [
    first.balances === undefined
      ? events.started(service, keys)
      : events.startedForBalance(service, first.balances, keys),
  ];
}

/** Writes events, the oldest of which leave, and counts them in the service. */
function withEvents(
  { ids }: SchedulerDeps,
  tx: Transaction,
  {
    service,
    said,
    nowMs,
  }: { readonly service: ServiceRecord; readonly said: readonly string[]; readonly nowMs: number },
): ServiceRecord {
  const of = ownedBy(service);
  let { lastEvent } = service;
  for (const message of said.slice(0, maxEventsAtOnce)) {
    lastEvent += 1;
    tx.put(serviceEvents, serviceEventKey(of, lastEvent), {
      ...of,
      number: lastEvent,
      id: ids.uuid(),
      createdAtMs: nowMs,
      message,
    });
    if (lastEvent > maxServiceEvents) tx.delete(serviceEvents, serviceEventKey(of, lastEvent - maxServiceEvents));
  }
  return lastEvent === service.lastEvent ? service : { ...service, lastEvent };
}

/** Would applying a decision change anything? */
export function isIdle(view: ServiceView, decision: Decision): boolean {
  const {
    serviceDeployments: rows,
    shifts,
    taskSets: sets,
    goneTaskSets: gone,
    settled: ended,
    healthy,
    registrations,
    stops,
    starts,
  } = decision;
  const lists = [rows, shifts, sets, gone, ended, healthy, registrations, stops, starts];
  const acts = lists.reduce((sum, list) => sum + list.length, 0);
  return decision.service === view.service && acts === 0 && decision.events.length === 0;
}
