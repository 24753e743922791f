import type { AttachTaskNetworkInterfacesMessage, PayloadTask } from '../../agent-protocol/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { ResourceQueue } from '../engine/index.ts';
import { needsOf } from '../engine/index.ts';
import { removeVolumes } from '../hooks/volumes.ts';
import type { TaskDesk } from '../session/acs.ts';
import type { TaskRecord } from '../state/task-files.ts';
import { removeExtras } from './container-extras.ts';
import type { Outbox } from './outbox.ts';
import { singleReport } from './outbox.ts';
import type { TaskParts } from './parts.ts';
import { TaskRunner, newRecord } from './task-runner.ts';
import { gateOf } from './volume-gate.ts';

export interface TaskTableOptions {
  readonly parts: TaskParts;
  readonly resources: ResourceQueue;
  readonly outbox: Outbox;
  /** Health of a container changed, or a task began or ended. */
  readonly onChange: (runner: TaskRunner) => void;
}

/** ARNs of tasks that ended, remembered so that a late start is ignored. */
const rememberedTasks = 10_000;
/** Containers of a task whose log lines are not all shipped wait this long for the next look. */
const unshippedRetryMs = 10_000;
/** After this time they are removed all the same. */
const unshippedPatienceMs = 60 * 60_000;

/** All tasks of this agent: takes the control plane's commands, gives out the machine's resources in order, and cleans up. */
export class TaskTable implements TaskDesk {
  readonly #options: TaskTableOptions;
  readonly #runners = new Map<string, TaskRunner>();
  readonly #byDockerId = new Map<string, { readonly runner: TaskRunner; readonly container: string }>();
  readonly #byEndpoint = new Map<string, { readonly runner: TaskRunner; readonly container: string }>();
  readonly #ended = new Set<string>();
  readonly #cleaning = new Set<string>();

  constructor(options: TaskTableOptions) {
    this.#options = options;
  }

  all(): readonly TaskRunner[] {
    return [...this.#runners.values()];
  }

  get(taskArn: string): TaskRunner | undefined {
    return this.#runners.get(taskArn);
  }

  byDockerId(id: string): { readonly runner: TaskRunner; readonly container: string } | undefined {
    return this.#byDockerId.get(id);
  }

  byEndpointId(id: string): { readonly runner: TaskRunner; readonly container: string } | undefined {
    return this.#byEndpoint.get(id);
  }

  isKnown(taskArn: string): boolean {
    return this.#runners.has(taskArn);
  }

  wanted(): readonly string[] {
    return this.all().flatMap((runner) => (runner.state.desired === 'RUNNING' ? [runner.arn] : []));
  }

  start(task: PayloadTask, credentialIds: { readonly task?: string; readonly execution?: string }): void {
    const { parts, outbox } = this.#options;
    const known = this.#runners.get(task.arn);
    if (known !== undefined) {
      outbox.poke(known);
      return;
    }
    if (this.#ended.has(task.arn)) {
      parts.log.info('a task that ended is not started again', { task: task.arn });
      return;
    }
    parts.log.info('task accepted', { task: task.arn, family: task.family, version: task.version });
    const runner = this.add(newRecord(task, credentialIds, () => parts.ids.uuid()));
    this.#options.resources.ask(task.arn, needsOf(task));
    this.grant();
    if (!runner.state.granted) parts.log.info('the task waits until its resources are free', { task: task.arn });
  }

  stop(task: PayloadTask): void {
    const runner = this.#runners.get(task.arn);
    if (runner !== undefined) {
      if (runner.state.desired === 'RUNNING') runner.log.info('task is to stop');
      runner.dispatch({ kind: 'stopRequested' });
      this.#options.outbox.poke(runner);
      return;
    }
    this.#remember(task.arn);
    const containers = task.containers.map(({ name }) => ({ containerName: name, status: 'STOPPED' as const }));
    this.#options.outbox.poke(singleReport({ task: task.arn, status: 'STOPPED', reason: '', containers }));
  }

  refuse(taskArn: string, reason: string): void {
    if (this.#runners.has(taskArn)) return;
    this.#remember(taskArn);
    this.#options.outbox.poke(singleReport({ task: taskArn, status: 'STOPPED', reason }));
  }

  announce(message: AttachTaskNetworkInterfacesMessage): void {
    if (this.#runners.has(message.taskArn) || this.#ended.has(message.taskArn)) return;
    this.#options.parts.interfaces.announce(message);
  }

  /** Takes a task over, new or found on disk. */
  add(record: TaskRecord): TaskRunner {
    const runner = new TaskRunner(this.#options.parts, record, (changed) => this.#changed(changed));
    this.#runners.set(runner.arn, runner);
    for (const [container, id] of Object.entries(record.endpointIds)) this.#byEndpoint.set(id, { runner, container });
    this.#indexContainers(runner);
    return runner;
  }

  /** Lets waiting tasks go that fit now. */
  grant(): void {
    for (const arn of this.#options.resources.grant()) this.#runners.get(arn)?.dispatch({ kind: 'granted' });
  }

  /** A task is told again what became of it: after a restart. */
  recheck(runner: TaskRunner): void {
    this.#changed(runner);
  }

  stopAll(): void {
    for (const runner of this.#runners.values()) runner.stop();
  }

  #changed(runner: TaskRunner): void {
    const { parts, resources, outbox } = this.#options;
    this.#indexContainers(runner);
    parts.metadataFiles?.update(runner);
    if (runner.state.known === 'STOPPED') {
      resources.free(runner.arn);
      parts.hostPorts.free(runner.arn);
      this.grant();
    }
    outbox.poke(runner);
    if (runner.record.sent.status === 'STOPPED' && runner.state.known === 'STOPPED') this.#cleanUpLater(runner);
    this.#options.onChange(runner);
  }

  #indexContainers(runner: TaskRunner): void {
    for (const state of runner.state.containers)
      if (state.dockerId !== undefined && !this.#byDockerId.has(state.dockerId))
        this.#byDockerId.set(state.dockerId, { runner, container: state.name });
    const { pause } = runner.record;
    if (pause !== undefined && !this.#byDockerId.has(pause.id))
      this.#byDockerId.set(pause.id, { runner, container: '' });
  }

  #cleanUpLater(runner: TaskRunner): void {
    if (this.#cleaning.has(runner.arn)) return;
    this.#cleaning.add(runner.arn);
    const { clock, ids, cleanupWaitMs, cleanupJitterMs } = this.#options.parts;
    const waitMs = cleanupWaitMs + Math.floor(ids.fraction() * cleanupJitterMs);
    const dueMs = (runner.record.stoppedAtMs ?? clock.nowMs()) + waitMs;
    clock.after(Math.max(0, dueMs - clock.nowMs()), () => void this.#cleanUp(runner));
  }

  async #cleanUp(runner: TaskRunner): Promise<void> {
    const { clock, logs, log } = this.#options.parts;
    if (runner.isStopped) return;
    const waitedMs = clock.nowMs() - (runner.record.stoppedAtMs ?? 0);
    if (waitedMs < unshippedPatienceMs && !(await logs.isShipped(runner.payload))) {
      clock.after(unshippedRetryMs, () => void this.#cleanUp(runner));
      return;
    }
    try {
      await this.#remove(runner);
    } catch (error) {
      log.warn('a stopped task could not be cleaned up, will try again', { task: runner.arn, error: messageOf(error) });
      clock.after(unshippedRetryMs, () => void this.#cleanUp(runner));
    }
  }

  async #remove(runner: TaskRunner): Promise<void> {
    const { runtime, gate, cgroups, logs, credentials, files } = this.#options.parts;
    const { record, payload } = runner;
    const own = gateOf(this.#options.parts, payload);
    for (const container of runner.state.containers)
      await own.run('remove', () => runtime.remove(container.dockerId ?? record.dockerNames[container.name] ?? ''));
    for (const id of [record.pause?.id, record.namespacePause])
      if (id !== undefined) await gate.run('remove', () => runtime.remove(id));
    await removeVolumes(runtime, record.taskVolumes);
    await removeExtras(runner);
    await cgroups.remove(payload);
    runner.stop();
    await files.remove(runner.arn);
    await logs.forget(payload);
    credentials.forgetTask(runner.arn);
    this.#forget(runner);
  }

  #forget(runner: TaskRunner): void {
    this.#runners.delete(runner.arn);
    this.#cleaning.delete(runner.arn);
    for (const index of [this.#byDockerId, this.#byEndpoint])
      for (const [key, entry] of index) if (entry.runner === runner) index.delete(key);
    this.#remember(runner.arn);
    this.#options.parts.log.debug('task cleaned up', { task: runner.arn });
  }

  #remember(taskArn: string): void {
    this.#ended.add(taskArn);
    if (this.#ended.size <= rememberedTasks) return;
    const oldest = this.#ended.values().next().value;
    if (oldest !== undefined) this.#ended.delete(oldest);
  }
}
