import { toBytes } from '../../kernel/index.ts';
import type { Cancel, Clock } from '../../kernel/index.ts';
import type { ContainerInfo, ContainerSpec, ContainerSummary, EngineEvent, PortBinding } from '../runtime.ts';
import { FakeLog } from './fake-log.ts';
import type { FakeProgram } from './program.ts';

export type ContainerEvent = Exclude<EngineEvent, { readonly type: 'resync' | 'interrupted' }>;

const sigkillExitCode = 137;

/** One container of the fake engine: runs its program by the clock. */
export class FakeContainer {
  readonly id: string;
  readonly spec: ContainerSpec;
  readonly program: FakeProgram;
  readonly log = new FakeLog();
  readonly #clock: Clock;
  readonly #emit: (event: ContainerEvent) => void;
  readonly #imageId: string;
  readonly #createdMs: number;
  readonly #timers = new Set<Cancel>();
  readonly #endWaiters: (() => void)[] = [];
  #status: 'created' | 'running' | 'exited' = 'created';
  #pid = 0;
  #startedMs: number | undefined;
  #finishedMs: number | undefined;
  #exitCode: number | undefined;
  #oomKilled = false;
  #error = '';
  #health: ContainerInfo['health'] | undefined;
  #ports: readonly PortBinding[] = [];

  constructor(options: {
    readonly id: string;
    readonly imageId: string;
    readonly spec: ContainerSpec;
    readonly program: FakeProgram;
    readonly clock: Clock;
    readonly emit: (event: ContainerEvent) => void;
  }) {
    this.id = options.id;
    this.spec = options.spec;
    this.program = options.program;
    this.#imageId = options.imageId;
    this.#clock = options.clock;
    this.#emit = options.emit;
    this.#createdMs = options.clock.nowMs();
  }

  get labels(): Readonly<Record<string, string>> {
    return this.spec.config.Labels ?? {};
  }
  get running(): boolean {
    return this.#status === 'running';
  }
  get networkMode(): string {
    const mode = this.spec.config.HostConfig?.['NetworkMode'];
    return typeof mode === 'string' ? mode : 'default';
  }

  start(pid: number, ports: readonly PortBinding[]): void {
    this.#status = 'running';
    this.#pid = pid;
    this.#ports = ports;
    this.#startedMs = this.#clock.nowMs();
    this.#exitCode = undefined;
    this.#finishedMs = undefined;
    this.#oomKilled = false;
    this.#error = '';
    const { program } = this;
    this.#health = program.health === undefined ? undefined : { status: 'starting', output: '' };
    this.emit('start');
    for (const { atMs, stream, text } of program.output ?? []) this.#later(atMs, () => this.write(stream, text));
    for (const step of program.health ?? []) this.#later(step.atMs, () => this.setHealth(step.status, step.output));
    if (program.exitAfterMs !== undefined) {
      this.#later(program.exitAfterMs, () => this.end(program.exitCode ?? 0, program.oomKilled ?? false));
    }
  }

  failStart(error: string): void {
    this.#error = error;
    this.#exitCode = 127;
  }

  write(stream: 'stdout' | 'stderr', text: string): void {
    this.log.write({ stream, bytes: toBytes(text), timeMs: this.#clock.nowMs() });
  }

  setHealth(status: 'healthy' | 'unhealthy', output = ''): void {
    if (!this.running) return;
    const sinceMs = this.#health?.status === status ? this.#health.sinceMs : this.#clock.nowMs();
    const changed = this.#health?.status !== status;
    const exitCode = status === 'healthy' ? 0 : 1;
    this.#health = { status, output, exitCode, ...(sinceMs === undefined ? {} : { sinceMs }) };
    if (changed) this.emit('health', { health: status });
  }

  /** As if PID 1 ended. */
  end(exitCode: number, oomKilled = false): void {
    if (!this.running) return;
    this.#status = 'exited';
    this.#pid = 0;
    this.#ports = [];
    this.#exitCode = exitCode;
    this.#oomKilled = oomKilled;
    this.#finishedMs = this.#clock.nowMs();
    this.cancelTimers();
    if (oomKilled) this.emit('oom');
    this.emit('die', { exitCode });
    this.log.end();
    for (const ended of this.#endWaiters.splice(0)) ended();
  }

  /** The stop signal; resolves when the container has ended, by itself or by SIGKILL. */
  async stop(timeoutMs: number): Promise<void> {
    if (!this.running) return;
    const { stopDelayMs = 0, stopExitCode = 0 } = this.program;
    const obeys = stopDelayMs !== 'never' && stopDelayMs <= timeoutMs;
    const ended = new Promise<void>((resolve) => this.#endWaiters.push(resolve));
    if (obeys) this.#later(stopDelayMs, () => this.end(stopExitCode));
    else this.#later(timeoutMs, () => this.end(sigkillExitCode));
    await ended;
  }

  signal(signal: string): void {
    if (signal === 'KILL' || signal === 'SIGKILL') this.end(sigkillExitCode);
    else if (signal === 'TERM' || signal === 'SIGTERM') {
      const { stopDelayMs = 0, stopExitCode = 0 } = this.program;
      if (stopDelayMs !== 'never') this.#later(stopDelayMs, () => this.end(stopExitCode));
    }
  }

  cancelTimers(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  emit(type: ContainerEvent['type'], more: Pick<ContainerEvent, 'exitCode' | 'health'> = {}): void {
    this.#emit({ type, id: this.id, labels: this.labels, timeMs: this.#clock.nowMs(), ...more });
  }

  summary(): ContainerSummary {
    return {
      id: this.id,
      name: this.spec.name,
      labels: this.labels,
      status: this.#status,
      imageId: this.#imageId,
    };
  }

  info(): ContainerInfo {
    return {
      ...this.summary(),
      image: this.spec.config.Image,
      pid: this.#pid,
      ...(this.#exitCode === undefined ? {} : { exitCode: this.#exitCode }),
      oomKilled: this.#oomKilled,
      error: this.#error,
      createdAt: isoTime(this.#createdMs),
      ...(this.#startedMs === undefined ? {} : { startedAt: isoTime(this.#startedMs) }),
      ...(this.#finishedMs === undefined ? {} : { finishedAt: isoTime(this.#finishedMs) }),
      ...(this.#health === undefined ? {} : { health: this.#health }),
      networkMode: this.networkMode,
      addresses: [],
      networks: [],
      ports: this.#ports,
      mounts: binds(this.spec),
      logDriver: logDriver(this.spec),
    };
  }

  #later(delayMs: number, run: () => void): void {
    const cancel = this.#clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      run();
    });
    this.#timers.add(cancel);
  }
}

function binds(spec: ContainerSpec): ContainerInfo['mounts'] {
  return ((spec.config.HostConfig?.['Binds'] ?? []) as readonly string[]).map((bind) => {
    const [source = '', destination = ''] = bind.split(':');
    return { source, destination };
  });
}

function logDriver(spec: ContainerSpec): string {
  const config = spec.config.HostConfig?.['LogConfig'] as { Type?: string } | undefined;
  return config?.Type ?? 'json-file';
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
