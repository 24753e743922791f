import { messageOf } from '../../kernel/index.ts';
import { EngineRefused } from '../../runtime/index.ts';
import { labels } from '../../agent-protocol/index.ts';
import type { ResourceQueue } from '../engine/index.ts';
import { forgetCalls, hasOwnInterface, needsOf } from '../engine/index.ts';
import type { Pause } from '../hooks/pause-pool.ts';
import { interfaceOf } from '../hooks/interfaces.ts';
import { interfaceCount } from '../hooks/network-namespace.ts';
import { adoptTaskProxies } from '../hooks/task-proxies.ts';
import type { TaskRecord } from '../state/task-files.ts';
import { pausesLast } from '../hooks/pauses-last.ts';
import { holdRanges } from './container-extras.ts';
import { endLateStart, recheck } from './engine-watch.ts';
import { resumeLogs } from './log-resumption.ts';
import type { TaskParts } from './parts.ts';
import type { TaskRunner } from './task-runner.ts';
import type { TaskTable } from './task-table.ts';

/**
 * After a restart of the agent: takes over the tasks on disk and their containers, the pauses that are ready, and removes what belongs to
 * no task. A container without a record was never started (the record is written before the first start), so nothing that runs is touched.
 */
export async function adopt(parts: TaskParts, table: TaskTable, resources: ResourceQueue): Promise<void> {
  const records = await parts.files.readAll();
  const runners = records.map((record) => takeOver(parts, table, record));
  for (const runner of runners) {
    if (runner.state.known === 'STOPPED') continue;
    holdRanges(runner);
    if (runner.state.granted) resources.hold(runner.arn, needsOf(runner.payload));
    else resources.ask(runner.arn, needsOf(runner.payload));
  }
  await removeOrphans(parts, records);
  await removeInterfaces(parts, runners);
  await adoptTaskProxies(parts.proxies, runners);
  await Promise.all(runners.map((runner) => takeOverContainers(parts, runner)));
  for (const runner of runners) {
    runner.dispatch({ kind: 'tick' });
    table.recheck(runner);
  }
  table.grant();
  if (runners.length > 0) parts.log.info('tasks taken over from an earlier run', { tasks: runners.length });
}

function takeOver(parts: TaskParts, table: TaskTable, record: TaskRecord): TaskRunner {
  const { arn } = record.state.payload;
  const { task, execution } = record.credentialIds;
  if (task !== undefined) parts.credentials.expect(arn, 'TaskApplication', task);
  if (execution !== undefined) parts.credentials.expect(arn, 'TaskExecution', execution);
  const runner = table.add({ ...record, state: forgetCalls(record.state) });
  runner.awaitLook();
  // Before anything is concluded from what the engine says: a task that is over waits for its output, if somebody reads it.
  resumeAll(runner);
  return runner;
}

async function takeOverContainers(parts: TaskParts, runner: TaskRunner): Promise<void> {
  if (runner.state.known === 'STOPPED') return;
  if (runner.state.platform === 'ready') runner.cgroupParent = await parts.cgroups.make(runner.payload);
  // By their ids, else by the names that were chosen before they were made: the record may be older than the container.
  await runner.observe(...runner.state.containers.map(({ name }) => name));
  recheck(runner);
}

/** Also of a task that is over: it was reported STOPPED after a bounded wait for its last lines. */
function resumeAll(runner: TaskRunner): void {
  for (const state of runner.state.containers) {
    if (state.dockerId === undefined || state.startedAtMs === undefined) continue;
    resumeLogs(runner, { name: state.name, dockerId: state.dockerId });
  }
}

async function removeOrphans(parts: TaskParts, records: readonly TaskRecord[]): Promise<void> {
  const { runtime, gate, log, place, pauses } = parts;
  const tasks = new Set(records.map((record) => record.state.payload.arn));
  const held = new Set(records.flatMap(({ pause, namespacePause }) => [pause?.id, namespacePause]));
  const ended = new Set(
    records.flatMap(({ state }) =>
      state.containers.flatMap((one) => (one.known === 'STOPPED' ? (one.dockerId ?? []) : [])),
    ),
  );
  const free: Pause[] = [];
  for (const container of pausesLast(await runtime.list({ [labels.instance]: place.instanceArn }))) {
    const kind = container.labels[labels.internal];
    if (kind === undefined && container.status === 'running' && ended.has(container.id))
      endLateStart(parts, container.id, container.labels[labels.taskArn] ?? '');
    if (held.has(container.id) || (kind === undefined && tasks.has(container.labels[labels.taskArn] ?? ''))) continue;
    if (kind === 'pool' && container.status === 'running') {
      const info = await runtime.inspect(container.id);
      if (info !== undefined && info.pid > 0 && (await isUnused(info.pid))) {
        free.push({ id: info.id, pid: info.pid });
        continue;
      }
    }
    if (kind === undefined && container.status === 'running') {
      log.warn('a running container belongs to no task on disk; it waits for its task', { container: container.name });
      continue;
    }
    log.info('removing a container that belongs to no task', { container: container.name });
    try {
      await gate.run('remove', () => runtime.remove(container.id));
    } catch (error) {
      if (!(error instanceof EngineRefused)) throw error;
      log.warn('it could not be removed; the next start of the agent will try', { error: error.message });
    }
  }
  pauses.adopt(free);
}

/** A pause that was given an interface before its task was written down must not be given away again. */
async function isUnused(pid: number): Promise<boolean> {
  try {
    return (await interfaceCount(pid)) === 0;
  } catch {
    return false; // not on this machine, or gone: a fresh one is made
  }
}

/**
 * Interfaces of no task: their task's record was never written, or it ended while the agent was away. A network that refuses must not keep
 * the agent from its other tasks.
 */
async function removeInterfaces(parts: TaskParts, runners: readonly TaskRunner[]): Promise<void> {
  const { network, log } = parts;
  try {
    const kept = new Set(
      runners.flatMap((runner) =>
        hasOwnInterface(runner.payload) && runner.state.known !== 'STOPPED' ? [interfaceOf(runner.payload).id] : [],
      ),
    );
    for (const attached of await network.list()) {
      if (kept.has(attached.id)) continue;
      log.info('removing an interface that belongs to no task', { interface: attached.id });
      await network.detach(attached);
    }
  } catch (error) {
    log.error('interfaces of no task could not be removed; the next start of the agent will try', {
      error: messageOf(error),
    });
  }
}
