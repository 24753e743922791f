import type { PayloadTask } from '../agent-protocol/index.ts';
import type { Cancel } from '../kernel/index.ts';
import type { SimClock } from './sim-clock.ts';
import type { SimIds } from './sim-ids.ts';

/** What a simulated image does; the behaviour travels through task definition and payload like any image name. */
export const images = {
  /** Runs until it is stopped. */
  service: 'sim/service',
  /** Exits with 0 after a while. */
  job: 'sim/job',
  /** Exits with 1 after a short while. */
  crash: 'sim/crash',
  /** Cannot be pulled. */
  missing: 'sim/missing',
} as const;

export interface SimContainer {
  readonly name: string;
  readonly runtimeId: string;
  readonly essential: boolean;
  /** Absent while it runs. */
  exitCode?: number;
}

interface Needs {
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  /** Such as `8080/tcp`. */
  readonly ports: readonly string[];
}

/** The containers of one task on a machine's engine. */
export interface EngineTask extends Needs {
  readonly arn: string;
  readonly containers: readonly SimContainer[];
}

/** What the agent keeps on disk of one task. */
export interface SavedTask {
  readonly payload: PayloadTask;
  desired: 'RUNNING' | 'STOPPED';
  /** The furthest status that was accepted by the control plane. */
  sent: 'NONE' | 'PENDING' | 'RUNNING' | 'STOPPED';
  attachmentSent: boolean;
  /** Why it never ran. */
  failure?: string;
  /** When STOPPED was accepted. */
  doneAtMs?: number;
}

/** What survives an agent's death on one machine. */
export interface AgentDisk {
  containerInstanceArn?: string;
  registrationToken?: string;
  /** Largest timeline taken, as Amazon's agent keeps it over restarts and new registrations. */
  sequence: number;
  readonly tasks: Map<string, SavedTask>;
}

export interface MachineSize {
  readonly cpuUnits: number;
  readonly memoryMiB: number;
}

export interface MachineOptions {
  readonly name: string;
  readonly size: MachineSize;
  readonly clock: SimClock;
  readonly ids: SimIds;
  /** Told of every task started, by ARN: no task may start twice, anywhere. */
  onStart(arn: string): void;
  /** Told of what can never be: more tasks than the machine holds, a port taken twice. */
  onViolation(text: string): void;
}

const longestJobMs = 90_000;
const longestCrashMs = 3_000;
/** Containers answer SIGTERM within this time. */
const longestStopMs = 12_000;
const killedBySignal = 143;

/** A machine: its container engine and its disk, which outlive the agent's process. */
export class SimMachine {
  readonly disk: AgentDisk = { sequence: 0, tasks: new Map() };
  /** Cut off from the network: nothing gets through either way, and nobody hears of it. */
  isCut = false;
  readonly #options: MachineOptions;
  readonly #tasks = new Map<string, EngineTask>();
  readonly #timers = new Set<Cancel>();
  /** The agent that watches the engine now. */
  onExit: (arn: string) => void = () => undefined;

  constructor(options: MachineOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get size(): MachineSize {
    return this.#options.size;
  }

  /** Tasks with a running container. */
  get running(): readonly EngineTask[] {
    return [...this.#tasks.values()].filter(isRunning);
  }

  inspect(arn: string): EngineTask | undefined {
    return this.#tasks.get(arn);
  }

  /** Is there room for a task beside what runs? */
  fits(task: PayloadTask): boolean {
    return this.#holds([...this.running, needs(task)]);
  }

  /** Starts all containers of a task. */
  start(task: PayloadTask): void {
    const { ids, onStart } = this.#options;
    onStart(task.arn);
    const containers = task.containers.map((container): SimContainer => ({
      name: container.name,
      runtimeId: ids.hex(64),
      essential: container.essential,
    }));
    this.#tasks.set(task.arn, { arn: task.arn, ...needs(task), containers });
    this.#checkHolds();
    for (const [index, container] of containers.entries())
      this.#live(task.arn, container, task.containers[index]?.image);
  }

  /** Stops what still runs of a task; the exits are told as they happen. */
  stop(arn: string): void {
    for (const container of this.#tasks.get(arn)?.containers ?? []) {
      if (container.exitCode !== undefined) continue;
      this.#later(this.#options.ids.between(0, longestStopMs), () => this.#exit(arn, container, killedBySignal));
    }
  }

  remove(arn: string): void {
    this.#tasks.delete(arn);
  }

  /** The machine is gone, and everything on it. */
  destroy(): void {
    for (const cancel of this.#timers) cancel();
    this.#tasks.clear();
  }

  #live(arn: string, container: SimContainer, image: string | undefined): void {
    const { ids } = this.#options;
    if (image === images.job) this.#later(ids.between(500, longestJobMs), () => this.#exit(arn, container, 0));
    if (image === images.crash) this.#later(ids.between(10, longestCrashMs), () => this.#exit(arn, container, 1));
  }

  #exit(arn: string, container: SimContainer, exitCode: number): void {
    if (container.exitCode !== undefined) return;
    container.exitCode = exitCode;
    this.onExit(arn);
  }

  #later(ms: number, run: () => void): void {
    const cancel = this.#options.clock.after(ms, () => {
      this.#timers.delete(cancel);
      run();
    });
    this.#timers.add(cancel);
  }

  #checkHolds(): void {
    const { running } = this;
    if (this.#holds(running)) return;
    const text = running.map(({ cpuUnits, memoryMiB, ports }) => `${cpuUnits}/${memoryMiB}/${ports.join(' ')}`);
    this.#options.onViolation(`${this.name} runs more than it can: ${text.join(', ')}`);
  }

  #holds(all: readonly Needs[]): boolean {
    const { size } = this.#options;
    const ports = all.flatMap((one) => one.ports);
    return (
      sum(all.map(({ cpuUnits }) => cpuUnits)) <= size.cpuUnits &&
      sum(all.map(({ memoryMiB }) => memoryMiB)) <= size.memoryMiB &&
      new Set(ports).size === ports.length
    );
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function needs(task: PayloadTask): Needs {
  return {
    cpuUnits: task.cpu === undefined ? sum(task.containers.map(({ cpu }) => cpu)) : task.cpu * 1024,
    memoryMiB: task.memory ?? sum(task.containers.map(({ memory }) => memory)),
    ports: task.networkMode === 'awsvpc' ? [] : fixedPorts(task),
  };
}

function isRunning(task: EngineTask): boolean {
  return task.containers.some(({ exitCode }) => exitCode === undefined);
}

function fixedPorts(task: PayloadTask): readonly string[] {
  return task.containers.flatMap(({ portMappings }) =>
    portMappings
      .filter(({ hostPort }) => (hostPort ?? 0) > 0)
      .map(({ hostPort, protocol }) => `${hostPort}/${protocol}`),
  );
}
