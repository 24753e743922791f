import type { PayloadTask } from '../agent-protocol/index.ts';
import { ApiError } from '../protocol/api/index.ts';
import type { SubmitTaskStateChangeRequest } from '../protocol/generated/ecs.ts';
import type { ProcessClock } from './sim-clock.ts';
import type { SimIds } from './sim-ids.ts';
import { images, type SavedTask, type SimMachine } from './sim-machine.ts';
import type { SimNetwork } from './sim-network.ts';
import type { SimCaller } from './sim-server.ts';

export interface TaskManagerOptions {
  readonly machine: SimMachine;
  readonly network: SimNetwork;
  readonly ids: SimIds;
  readonly caller: SimCaller;
  readonly cluster: string;
  readonly clock: ProcessClock;
}

const longestPullMs = 4_000;
const firstPauseMs = 1_000;
const longestPauseMs = 30_000;
/** An agent remembers a stopped task this long. */
const forgetMs = 3 * 60 * 60_000;

/** The agent's tasks: starts and stops them on the engine and reports, one report at a time a task, until each was accepted. */
export class SimTaskManager {
  readonly #options: TaskManagerOptions;
  readonly #starting = new Set<string>();
  readonly #reporting = new Set<string>();

  constructor(options: TaskManagerOptions) {
    this.#options = options;
  }

  /** Tasks that should run here, as far as this agent was told. */
  get wanted(): readonly string[] {
    return [...this.#saved].filter(([, task]) => task.desired === 'RUNNING').map(([arn]) => arn);
  }

  /** After a restart: takes up every task on disk where the last life left it. */
  resume(): void {
    this.#options.machine.onExit = (arn) => this.#exited(arn);
    for (const [arn, task] of this.#saved) this.#progress(arn, task);
  }

  /** A task out of a payload. @returns what is wrong with it */
  take(payload: PayloadTask): string | undefined {
    const { arn, desiredStatus } = payload;
    const known = this.#saved.get(arn);
    if (known === undefined) {
      const fresh: SavedTask = { payload, desired: desiredStatus, sent: 'NONE', attachmentSent: false };
      this.#saved.set(arn, fresh);
      this.#progress(arn, fresh);
      return undefined;
    }
    if (desiredStatus === 'STOPPED') this.wantStopped(arn);
    return changedCredentials(known.payload, payload)
      ? `the credentials id of ${arn} changed within its life`
      : undefined;
  }

  wantStopped(arn: string): void {
    const task = this.#saved.get(arn);
    if (task === undefined || task.desired === 'STOPPED') return;
    task.desired = 'STOPPED';
    this.#progress(arn, task);
  }

  get #saved(): Map<string, SavedTask> {
    return this.#options.machine.disk.tasks;
  }

  #exited(arn: string): void {
    const task = this.#saved.get(arn);
    if (task !== undefined) this.#progress(arn, task);
  }

  /** The next step towards what is wanted; called whenever something changed. */
  #progress(arn: string, task: SavedTask): void {
    const { machine } = this.#options;
    const engine = machine.inspect(arn);
    if (engine === undefined) {
      if (task.desired === 'RUNNING' && task.failure === undefined) this.#startLater(arn, task);
    } else {
      const ended = engine.containers.some(({ essential, exitCode }) => essential && exitCode !== undefined);
      const over = engine.containers.every(({ exitCode }) => exitCode !== undefined);
      if ((task.desired === 'STOPPED' || ended) && !over) machine.stop(arn);
    }
    this.#report(arn, task);
  }

  #startLater(arn: string, task: SavedTask): void {
    if (this.#starting.has(arn)) return;
    this.#starting.add(arn);
    this.#options.clock.after(this.#options.ids.between(0, longestPullMs), () => {
      this.#starting.delete(arn);
      const { machine } = this.#options;
      if (task.desired === 'STOPPED' || machine.inspect(arn) !== undefined) return this.#progress(arn, task);
      // As Amazon's agent: what does not fit yet waits, and nothing is reported meanwhile.
      if (!machine.fits(task.payload)) return this.#startLater(arn, task);
      if (task.payload.containers.some(({ image }) => image === images.missing))
        task.failure = 'CannotPullContainerError: pull access denied for sim/missing';
      else machine.start(task.payload);
      this.#progress(arn, task);
    });
  }

  /** What is to be said next of a task; undefined when the control plane knows all. */
  #nextReport(arn: string, task: SavedTask): SubmitTaskStateChangeRequest | undefined {
    if (task.sent === 'STOPPED') return undefined;
    const { cluster, machine, clock } = this.#options;
    const engine = machine.inspect(arn);
    const about = { cluster, task: arn };
    const over = engine?.containers.every(({ exitCode }) => exitCode !== undefined) ?? false;
    const neverRan = engine === undefined && (task.desired === 'STOPPED' || task.failure !== undefined);
    if (over || (neverRan && !this.#starting.has(arn))) {
      const containers = (engine?.containers ?? []).map(({ name, runtimeId, exitCode }) => ({
        containerName: name,
        runtimeId,
        status: 'STOPPED',
        ...(exitCode === undefined ? {} : { exitCode }),
      }));
      const failed = task.payload.containers.map(({ name }) => ({
        containerName: name,
        status: 'STOPPED',
        ...(task.failure === undefined ? {} : { reason: task.failure }),
      }));
      return {
        ...about,
        status: 'STOPPED',
        reason: '',
        containers: over ? containers : failed,
        executionStoppedAt: clock.nowMs(),
      };
    }
    const attachment = task.payload.elasticNetworkInterfaces?.[0];
    if (attachment !== undefined && !task.attachmentSent && task.desired === 'RUNNING')
      return { ...about, attachments: [{ attachmentArn: attachment.attachmentArn, status: 'ATTACHED' }] };
    if (engine === undefined) {
      const pulling = task.desired === 'RUNNING' && task.failure === undefined && task.sent === 'NONE';
      return pulling ? { ...about, status: 'PENDING', reason: '', containers: pendingContainers(task) } : undefined;
    }
    if (task.sent === 'RUNNING') return undefined;
    const containers = engine.containers.map(({ name, runtimeId }, index) => ({
      containerName: name,
      runtimeId,
      status: 'RUNNING',
      networkBindings: bindings(task.payload, index),
    }));
    return { ...about, status: 'RUNNING', reason: '', containers };
  }

  #report(arn: string, task: SavedTask): void {
    if (this.#reporting.has(arn)) return;
    const report = this.#nextReport(arn, task);
    if (report === undefined) return;
    this.#reporting.add(arn);
    void this.#submit(arn, task, { report, pauseMs: firstPauseMs });
  }

  async #submit(
    arn: string,
    task: SavedTask,
    attempt: { readonly report: SubmitTaskStateChangeRequest; readonly pauseMs: number },
  ): Promise<void> {
    const { network, caller, clock } = this.#options;
    const { report, pauseMs } = attempt;
    try {
      await network.call('SubmitTaskStateChange', report, { caller, clock, link: this.#options.machine });
    } catch (error) {
      const refused = error instanceof ApiError && error.code === 'InvalidParameterException';
      if (!refused) {
        const next = { report, pauseMs: Math.min(2 * pauseMs, longestPauseMs) };
        clock.after(pauseMs, () => void this.#submit(arn, task, next));
        return;
      }
    }
    this.#reporting.delete(arn);
    this.#accepted(arn, task, report);
  }

  #accepted(arn: string, task: SavedTask, report: SubmitTaskStateChangeRequest): void {
    const { clock, machine } = this.#options;
    if (report.attachments !== undefined) task.attachmentSent = true;
    if (report.status === 'PENDING' || report.status === 'RUNNING') task.sent = report.status;
    if (report.status === 'STOPPED') {
      task.sent = 'STOPPED';
      task.desired = 'STOPPED';
      task.doneAtMs = clock.nowMs();
      clock.after(forgetMs, () => {
        this.#saved.delete(arn);
        machine.remove(arn);
      });
      return;
    }
    this.#progress(arn, task);
  }
}

function bindings({ networkMode, containers }: PayloadTask, index: number) {
  if (networkMode === 'awsvpc') return [];
  return (containers[index]?.portMappings ?? []).flatMap(({ containerPort, hostPort }) =>
    containerPort === undefined || hostPort === undefined ? [] : [{ bindIP: '0.0.0.0', containerPort, hostPort }],
  );
}

function pendingContainers({ payload }: SavedTask): SubmitTaskStateChangeRequest['containers'] {
  return payload.containers.map(({ name }) => ({ containerName: name, status: 'PENDING', imageDigest: 'sha256:0' }));
}

function changedCredentials(before: PayloadTask, after: PayloadTask): boolean {
  if (after.desiredStatus === 'STOPPED') return false;
  return (
    before.roleCredentials?.credentialsId !== after.roleCredentials?.credentialsId ||
    before.executionRoleCredentials?.credentialsId !== after.executionRoleCredentials?.credentialsId
  );
}
