import type { PayloadTask } from '../../agent-protocol/index.ts';
import type { EpochMs, Log } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { NextReport, SentState, TaskAction, TaskEvent, TaskState } from '../engine/index.ts';
import { applyAll, begin, containerOf, decide, newTask, nextReport, nothingSent } from '../engine/index.ts';
import { dockerName } from '../hooks/container-config.ts';
import type { Pause } from '../hooks/pause-pool.ts';
import { taskVolumes } from '../hooks/volumes.ts';
import type { TaskRecord } from '../state/task-files.ts';
import type { AnnouncedInterface } from './announced-interfaces.ts';
import type { Reporting } from './outbox.ts';
import type { TaskParts } from './parts.ts';
import { executors } from './executors.ts';
import { resumeLogs } from './log-resumption.ts';
import { observe } from './observe.ts';

/** Changes that need not be on disk at once are written together after this time. */
const writeDelayMs = 1_000;

/** One task: its state, what is under way for it, and its place on disk. */
export class TaskRunner implements Reporting {
  readonly arn: string;
  readonly parts: TaskParts;
  readonly log: Log;
  /** The task's interface, when it was announced before the task. */
  announced: AnnouncedInterface | undefined;
  /** Containers that ended while their start had not returned yet. */
  readonly #endedEarly = new Set<string>();
  /** Exit codes as the engine told them when containers ended: one that dies before it wrote such a code down has forgotten it afterwards. */
  readonly #toldExits = new Map<string, number>();
  readonly #onChange: (runner: TaskRunner) => void;
  #record: TaskRecord;
  #cgroupParent: string | undefined;
  #cancelWake: () => void = () => undefined;
  #cancelWrite: (() => void) | undefined;
  #stopped = false;
  #unseen = false;
  #lastSeen: TaskState | undefined;

  constructor(parts: TaskParts, record: TaskRecord, onChange: (runner: TaskRunner) => void) {
    this.parts = parts;
    this.arn = record.state.payload.arn;
    this.log = parts.log.with({ task: this.arn });
    this.#record = record;
    this.#onChange = onChange;
  }

  get state(): TaskState {
    return this.#record.state;
  }
  get record(): TaskRecord {
    return this.#record;
  }
  get payload(): PayloadTask {
    return this.#record.state.payload;
  }
  get cgroupParent(): string | undefined {
    return this.#cgroupParent;
  }
  set cgroupParent(path: string | undefined) {
    this.#cgroupParent = path;
  }

  holdPause(pause: Pause): void {
    this.#record = { ...this.#record, pause };
  }

  holdNamespacePause(pause: Pause): void {
    this.#record = { ...this.#record, namespacePause: pause.id };
  }

  /** The control plane was told of the interface before the task came. */
  attachedIsKnown(): void {
    const attached = this.payload.elasticNetworkInterfaces?.[0]?.attachmentArn;
    if (attached !== undefined) this.#record = { ...this.#record, sent: { ...this.#record.sent, attached } };
  }

  /** Says what happened, and does what follows from it. */
  dispatch(...events: readonly TaskEvent[]): void {
    if (this.#stopped) return;
    const nowMs = this.parts.clock.nowMs();
    this.#advance(events.length === 0 ? this.state : applyAll(this.state, events, nowMs), nowMs);
  }

  /** The engine says that a container ended. */
  ended(container: string, exit: { readonly dockerId: string; readonly exitCode?: number }): void {
    const state = this.state.containers.find((one) => one.name === container);
    if (state === undefined || state.known === 'STOPPED') return;
    if (exit.exitCode !== undefined && exit.dockerId === state.dockerId) this.#toldExits.set(container, exit.exitCode);
    if (this.#unseen) return;
    if (state.busy === 'start') this.#endedEarly.add(container);
    else void this.observe(container);
  }

  /** The code that the engine told when the container ended, since it was last started. */
  toldExitCode(container: string): number | undefined {
    return this.#toldExits.get(container);
  }

  /** What is on disk may be older than what is: nothing is concluded until all containers have been looked at. */
  awaitLook(): void {
    this.#unseen = true;
  }

  get isUnseen(): boolean {
    return this.#unseen;
  }

  /**
   * Looks at containers and takes over what is found, all of it at once: of a task that is to stop, one that was not looked at yet would pass for one that
   * never ran. First the output of those that an earlier run of the agent started. One that cannot be inspected keeps nobody from the others.
   */
  async observe(...names: readonly string[]): Promise<void> {
    const seen = await Promise.all(names.map((name) => this.#look(name)));
    this.#unseen = false;
    this.dispatch(...seen.flat());
  }

  async #look(container: string): Promise<readonly TaskEvent[]> {
    let events: readonly TaskEvent[];
    try {
      events = await observe(this, container);
    } catch (error) {
      this.log.error('a container could not be inspected', { container, error: messageOf(error) });
      return [];
    }
    const created = events.find((event) => event.kind === 'created');
    const dockerId = created?.dockerId ?? containerOf(this.state, container)?.dockerId;
    if (dockerId !== undefined && events.some((event) => event.kind === 'started'))
      resumeLogs(this, { name: container, dockerId });
    return events;
  }

  /** Resolves when the task as it is now is on disk. */
  async writeNow(): Promise<void> {
    this.#cancelWrite?.();
    this.#cancelWrite = undefined;
    await this.parts.files.write(this.arn, this.#record);
  }

  next(nowMs: EpochMs): NextReport {
    return nextReport(this.state, this.#record.sent, nowMs);
  }

  accepted(sent: SentState): void {
    const stoppedAtMs = sent.status === 'STOPPED' ? this.parts.clock.nowMs() : undefined;
    this.#record = { ...this.#record, sent, ...(stoppedAtMs === undefined ? {} : { stoppedAtMs }) };
    this.#writeLater();
    this.#onChange(this);
  }

  /** Lets go of the task; its containers stay as they are. */
  stop(): void {
    this.#stopped = true;
    this.#cancelWake();
    this.#cancelWrite?.();
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  #advance(applied: TaskState, nowMs: EpochMs): void {
    const decision = decide(applied, nowMs, this.parts.decide);
    let state = applied;
    for (const action of decision.actions) {
      state = begin(state, action);
      if (action.kind === 'start') this.#toldExits.delete(action.container);
    }
    this.#record = { ...this.#record, state };
    for (const action of decision.actions) void this.#execute(action);
    this.#cancelWake();
    if (decision.wakeAtMs !== undefined)
      this.#cancelWake = this.parts.clock.after(decision.wakeAtMs - nowMs, () => this.dispatch({ kind: 'tick' }));
    if (state === this.#lastSeen) return;
    this.#lastSeen = state;
    if (state.granted) this.#writeLater();
    this.#onChange(this);
  }

  /** Every action ends in events; what an executor did not foresee is a failure of what was asked. */
  async #execute(action: TaskAction): Promise<void> {
    const executor = executors[action.kind] as (
      runner: TaskRunner,
      action: TaskAction,
    ) => Promise<readonly TaskEvent[]>;
    let events: readonly TaskEvent[];
    try {
      events = await executor(this, action);
    } catch (error) {
      this.log.error('an action of a task failed', { action: action.kind, error: messageOf(error) });
      events = [unforeseen(action, messageOf(error))];
    }
    this.dispatch(...events);
    if (action.kind === 'start' && this.#endedEarly.delete(action.container)) await this.observe(action.container);
  }

  #writeLater(): void {
    this.#cancelWrite ??= this.parts.clock.after(writeDelayMs, () => {
      this.#cancelWrite = undefined;
      this.writeNow().catch((error: unknown) => {
        this.log.error('the task could not be written to disk, will try again', { error: messageOf(error) });
        this.#writeLater();
      });
    });
  }
}

function unforeseen(action: TaskAction, text: string): TaskEvent {
  switch (action.kind) {
    case 'prepare':
      return { kind: 'prepareFailed', reason: `ResourceInitializationError: ${text}` };
    case 'attachNetwork':
      return { kind: 'networkFailed', reason: `ContainerNetworkingError: ${text}` };
    case 'release':
      return { kind: 'released' };
    case 'stop':
      return { kind: 'stopFailed', container: action.container, reason: `CannotStopContainerError: ${text}` };
    case 'pull':
    case 'create':
    case 'start':
      return { kind: 'containerFailed', container: action.container, reason: text };
  }
}

/** The record of a task that just arrived. */
export function newRecord(
  payload: PayloadTask,
  credentialIds: TaskRecord['credentialIds'],
  newEndpointId: () => string,
): TaskRecord {
  const byContainer = (
    of: (container: PayloadTask['containers'][number]) => string,
  ): Readonly<Record<string, string>> =>
    Object.fromEntries(payload.containers.map((container) => [container.name, of(container)]));
  return {
    format: 1,
    state: newTask(payload),
    sent: nothingSent,
    dockerNames: byContainer((container) => dockerName(payload, container)),
    endpointIds: byContainer(newEndpointId),
    credentialIds,
    taskVolumes: taskVolumes(payload).owned,
  };
}
