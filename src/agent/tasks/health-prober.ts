import { messageOf } from '../../kernel/index.ts';
import type { ContainerHealth } from '../engine/index.ts';
import { containerOf } from '../engine/index.ts';
import { limits } from '../limits.ts';
import type { TaskParts } from './parts.ts';
import type { TaskRunner } from './task-runner.ts';
import type { TaskTable } from './task-table.ts';

/** Docker's health check; times in nanoseconds. */
interface Healthcheck {
  readonly Test?: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly Retries?: number;
}

const dockerDefaults = { intervalMs: 30_000, timeoutMs: 30_000, retries: 3 } as const;
const lookEveryMs = 500;

interface Probe {
  readonly command: readonly string[];
  readonly check: Healthcheck;
  nextMs: number;
  failures: number;
  running: boolean;
}

/** Runs health checks where the engine does not: Podman without systemd leaves them at `starting` for ever. */
export class HealthProber {
  readonly #parts: TaskParts;
  readonly #table: TaskTable;
  readonly #probes = new Map<string, Probe>();
  #cancel: () => void = () => undefined;

  constructor(parts: TaskParts, table: TaskTable) {
    this.#parts = parts;
    this.#table = table;
    if (parts.engine.kind !== 'docker') this.#look();
  }

  stop(): void {
    this.#cancel();
  }

  #look(): void {
    const live = new Set<string>();
    for (const runner of this.#table.all())
      for (const { name, known } of runner.state.containers) {
        if (known !== 'RUNNING') continue;
        const key = `${runner.arn}/${name}`;
        live.add(key);
        this.#visit(runner, name, key);
      }
    for (const key of this.#probes.keys()) if (!live.has(key)) this.#probes.delete(key);
    this.#cancel = this.#parts.clock.after(lookEveryMs, () => this.#look());
  }

  #visit(runner: TaskRunner, name: string, key: string): void {
    const nowMs = this.#parts.clock.nowMs();
    let probe = this.#probes.get(key);
    if (probe === undefined) {
      const check = healthcheckOf(runner, name);
      const command = check === undefined ? undefined : commandOf(check);
      if (check === undefined || command === undefined) return;
      probe = { command, check, nextMs: nowMs + intervalMs(check), failures: 0, running: false };
      this.#probes.set(key, probe);
    }
    if (probe.running || nowMs < probe.nextMs) return;
    void this.#run(runner, name, probe);
  }

  async #run(runner: TaskRunner, name: string, probe: Probe): Promise<void> {
    const { runtime, clock } = this.#parts;
    const dockerId = containerOf(runner.state, name)?.dockerId ?? '';
    probe.running = true;
    let exitCode = -1;
    let output = '';
    try {
      const result = await runtime.exec(dockerId, probe.command, {
        timeoutMs: ms(probe.check.Timeout) ?? dockerDefaults.timeoutMs,
      });
      ({ exitCode, output } = result);
    } catch (error) {
      output = messageOf(error);
    }
    probe.running = false;
    const nowMs = clock.nowMs();
    probe.nextMs = nowMs + intervalMs(probe.check);
    const state = containerOf(runner.state, name);
    if (state?.known !== 'RUNNING') return;
    const inStartPeriod = nowMs - (state.startedAtMs ?? nowMs) < (ms(probe.check.StartPeriod) ?? 0);
    if (exitCode === 0) probe.failures = 0;
    else if (!inStartPeriod || state.health !== undefined) probe.failures += 1;
    const unhealthy = probe.failures >= (probe.check.Retries || dockerDefaults.retries);
    const status = exitCode === 0 ? 'HEALTHY' : unhealthy ? 'UNHEALTHY' : undefined;
    if (status === undefined || state.health?.status === status) return;
    const health: ContainerHealth = {
      status,
      sinceMs: nowMs,
      exitCode,
      output: output.slice(0, limits.healthOutputBytes),
    };
    runner.dispatch({ kind: 'health', container: name, health });
  }
}

function healthcheckOf(runner: TaskRunner, name: string): Healthcheck | undefined {
  const definition = runner.payload.containers.find((container) => container.name === name);
  return (JSON.parse(definition?.dockerConfig.config ?? '{}') as { Healthcheck?: Healthcheck }).Healthcheck;
}

function commandOf(check: Healthcheck): readonly string[] | undefined {
  const [kind, ...words] = check.Test ?? [];
  if (kind === 'CMD') return words;
  return kind === 'CMD-SHELL' ? ['/bin/sh', '-c', words.join(' ')] : undefined;
}

function intervalMs(check: Healthcheck): number {
  return ms(check.Interval) ?? dockerDefaults.intervalMs;
}

function ms(nanoseconds: number | undefined): number | undefined {
  return nanoseconds === undefined || nanoseconds === 0 ? undefined : nanoseconds / 1e6;
}
