import { signUpgrade, type Connection } from '../../control-plane-client/index.ts';
import type { Cancel, EpochMs } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import { formatFrame, parseFrame } from '../../agent-protocol/index.ts';
import type { ContainerStats } from '../../runtime/index.ts';
import { containerOf } from '../engine/index.ts';
import { limits } from '../limits.ts';
import type { AgentSettings } from '../options.ts';
import type { AwsCredentials } from '../session/credentials.ts';
import type { TaskParts } from '../tasks/parts.ts';
import type { TaskRunner } from '../tasks/task-runner.ts';
import type { TaskTable } from '../tasks/task-table.ts';
import type { SampleWindow } from './samples.ts';
import { addSample, containerMetrics, resetWindow } from './samples.ts';

export interface TelemetryOptions {
  readonly parts: TaskParts;
  readonly settings: AgentSettings;
}

interface Signing {
  readonly region: string;
  readonly credentials: () => AwsCredentials;
  readonly nowMs: () => number;
}

/** Two samples a report: enough for least, greatest and sum, at little cost. */
const sampleEveryMs = limits.telemetryIntervalMs / 2;
const samplingAtOnce = 4;

type EngineStatus = 'INITIALIZING' | 'OK' | 'IMPAIRED';

/** What goes up on TCS: use of the containers, their health, the state of the engine. */
export class Telemetry {
  readonly #parts: TaskParts;
  readonly #settings: AgentSettings;
  readonly #windows = new Map<string, SampleWindow>();
  /** Health as it was sent last, by task and container. */
  readonly #sentHealth = new Map<string, string>();
  #table: TaskTable | undefined;
  #connection: { readonly socket: Connection; readonly signing: Signing } | undefined;
  #cancelTick: Cancel | undefined;
  #cancelSample: Cancel | undefined;
  #cancelHealth: Cancel | undefined;
  #engine: { readonly status: EngineStatus; readonly sinceMs: EpochMs; readonly checkedMs: EpochMs } | undefined;
  #engineReported = true;

  constructor(options: TelemetryOptions) {
    this.#parts = options.parts;
    this.#settings = options.settings;
  }

  watch(table: TaskTable): void {
    this.#table = table;
    if (!this.#settings.disableMetrics) this.#sampleLater();
  }

  stop(): void {
    this.closed();
    this.#cancelSample?.();
    this.#cancelHealth?.();
  }

  opened(socket: Connection, signing: Signing): void {
    this.#connection = { socket, signing };
    this.#sentHealth.clear();
    this.#publishMetrics();
    this.#publishHealth();
    this.#tickLater();
  }

  closed(): void {
    this.#connection = undefined;
    this.#cancelTick?.();
    this.#cancelTick = undefined;
  }

  /** @returns true when the frame keeps the connection alive */
  onText(text: string): boolean {
    const type = parseFrame(text)?.type ?? '';
    if (['HeartbeatMessage', 'AckPublishMetric', 'AckPublishHealth', 'AckPublishInstanceStatus'].includes(type))
      return true;
    this.#parts.log.warn('tcs: the control plane says', { type, text: text.slice(0, 500) });
    return false;
  }

  /** A task changed: new health goes up at once, together with what changes within the next moments. */
  changed(runner: TaskRunner): void {
    if (runner.state.known === 'STOPPED') {
      for (const { name } of runner.state.containers) {
        this.#windows.delete(`${runner.arn}/${name}`);
        this.#sentHealth.delete(`${runner.arn}/${name}`);
      }
      return;
    }
    const news = runner.state.containers.some(
      (state) =>
        state.health !== undefined && this.#sentHealth.get(`${runner.arn}/${state.name}`) !== state.health.status,
    );
    if (!news || this.#cancelHealth !== undefined) return;
    this.#cancelHealth = this.#parts.clock.after(limits.healthGatherMs, () => {
      this.#cancelHealth = undefined;
      this.#publishHealth();
    });
  }

  /** With each heartbeat the engine is looked at. */
  heartbeat(): void {
    const { runtime, clock } = this.#parts;
    const nowMs = clock.nowMs();
    this.#engine ??= { status: 'INITIALIZING', sinceMs: nowMs, checkedMs: nowMs };
    const note = (status: EngineStatus): void => {
      const checkedMs = clock.nowMs();
      const sinceMs = this.#engine?.status === status ? this.#engine.sinceMs : checkedMs;
      this.#engine = { status, sinceMs, checkedMs };
      this.#engineReported = false;
    };
    runtime.info().then(
      () => note('OK'),
      () => note('IMPAIRED'),
    );
  }

  /** The latest sample of a container, for the metadata server. */
  latest(taskArn: string, container: string): { readonly now?: ContainerStats; readonly before?: ContainerStats } {
    const window = this.#windows.get(`${taskArn}/${container}`);
    const points =
      window === undefined ? [] : [...(window.previous === undefined ? [] : [window.previous]), ...window.samples];
    const [now, before] = points.slice(-2).reverse();
    return { ...(now === undefined ? {} : { now }), ...(before === undefined ? {} : { before }) };
  }

  #tickLater(): void {
    this.#cancelTick?.();
    this.#cancelTick = this.#parts.clock.after(limits.telemetryIntervalMs, () => {
      this.#publishMetrics();
      this.#publishHealth();
      this.#publishInstanceStatus();
      this.#tickLater();
    });
  }

  #sampleLater(): void {
    this.#cancelSample = this.#parts.clock.after(sampleEveryMs, () => {
      this.#sample()
        .catch((error: unknown) => this.#parts.log.warn('could not sample containers', { error: messageOf(error) }))
        .finally(() => this.#sampleLater());
    });
  }

  async #sample(): Promise<void> {
    const targets = (this.#table?.all() ?? []).flatMap((runner) =>
      runner.state.containers.flatMap((state, index) =>
        state.known === 'RUNNING' && state.dockerId !== undefined
          ? [{ runner, name: state.name, dockerId: state.dockerId, first: index === 0 }]
          : [],
      ),
    );
    const next = targets.values();
    const worker = async (): Promise<void> => {
      for (const { runner, name, dockerId, first } of next) {
        const stats = await this.#parts.runtime.stats(dockerId);
        if (stats === undefined) continue;
        const sample = await this.#withTaskNetwork(runner, first, stats);
        // What ended meanwhile is forgotten already, and nobody would forget it again.
        if (containerOf(runner.state, name)?.known !== 'RUNNING') continue;
        const key = `${runner.arn}/${name}`;
        this.#windows.set(key, addSample(this.#windows.get(key), sample));
      }
    };
    await Promise.all(Array.from({ length: samplingAtOnce }, worker));
  }

  /** In awsvpc mode the traffic is the pause's; it is counted once, with the task's first container. */
  async #withTaskNetwork(runner: TaskRunner, first: boolean, stats: ContainerStats): Promise<ContainerStats> {
    const { pause } = runner.record;
    if (!first || pause === undefined || stats.network !== undefined) return stats;
    const network = (await this.#parts.runtime.stats(pause.id))?.network;
    return network === undefined ? stats : { ...stats, network };
  }

  #publishMetrics(): void {
    if (this.#settings.disableMetrics) return;
    const { ids, engine } = this.#parts;
    const messageId = ids.uuid();
    const tasks = (this.#table?.all() ?? []).flatMap((runner) => {
      const containers = runner.state.containers.flatMap((state) => {
        const key = `${runner.arn}/${state.name}`;
        const window = this.#windows.get(key);
        const metrics = window === undefined ? undefined : containerMetrics(window, engine.cpus);
        if (window === undefined || metrics === undefined) return [];
        this.#windows.set(key, resetWindow(window));
        const restarts = runner.payload.containers.find((c) => c.name === state.name)?.restartPolicy?.enabled === true;
        return [
          {
            containerName: state.name,
            ...metrics,
            ...(restarts ? { restartStatsSet: { restartCount: state.restartCount } } : {}),
          },
        ];
      });
      return containers.length === 0 ? [] : [{ ...this.#taskFields(runner), containerMetrics: containers }];
    });
    if (tasks.length === 0) {
      this.#send('PublishMetricsRequest', { metadata: this.#metadata(messageId, { idle: true, fin: true }) });
      return;
    }
    for (let from = 0; from < tasks.length; from += limits.metricsTasksPerFrame) {
      const fin = from + limits.metricsTasksPerFrame >= tasks.length;
      this.#send('PublishMetricsRequest', {
        metadata: this.#metadata(messageId, { idle: false, fin }),
        taskMetrics: tasks.slice(from, from + limits.metricsTasksPerFrame),
      });
    }
  }

  #publishHealth(): void {
    if (this.#connection === undefined || this.#settings.disableMetrics) return;
    const tasks = (this.#table?.all() ?? []).flatMap((runner) => {
      const containers = runner.state.containers.flatMap((state) => {
        const checked = runner.payload.containers.find((c) => c.name === state.name)?.healthCheckType === 'docker';
        if (!checked || containerOf(runner.state, state.name)?.known !== 'RUNNING') return [];
        const healthStatus = state.health?.status ?? 'UNKNOWN';
        this.#sentHealth.set(`${runner.arn}/${state.name}`, healthStatus);
        return [
          {
            containerName: state.name,
            healthStatus,
            statusSince: (state.health?.sinceMs ?? state.startedAtMs ?? 0) / 1000,
            ...(state.health?.output === undefined ? {} : { statusMessage: state.health.output }),
          },
        ];
      });
      return containers.length === 0 ? [] : [{ ...this.#taskFields(runner), containers }];
    });
    if (tasks.length === 0) return;
    const messageId = this.#parts.ids.uuid();
    for (let from = 0; from < tasks.length; from += limits.metricsTasksPerFrame) {
      const fin = from + limits.metricsTasksPerFrame >= tasks.length;
      const part = tasks.slice(from, from + limits.metricsTasksPerFrame);
      this.#send('PublishHealthRequest', { metadata: this.#metadata(messageId, { fin }), tasks: part });
    }
  }

  #publishInstanceStatus(): void {
    if (this.#engine === undefined || this.#engineReported) return;
    const { place, ids } = this.#parts;
    this.#engineReported = true;
    this.#send('PublishInstanceStatusRequest', {
      metadata: { cluster: place.cluster, containerInstance: place.instanceArn, requestId: ids.uuid() },
      statuses: [
        {
          type: 'ContainerRuntime',
          status: this.#engine.status,
          lastUpdated: this.#engine.checkedMs / 1000,
          lastStatusChange: this.#engine.sinceMs / 1000,
        },
      ],
    });
  }

  #taskFields(runner: TaskRunner): Readonly<Record<string, string>> {
    return {
      taskArn: runner.arn,
      clusterArn: runner.payload.taskClusterArn,
      taskDefinitionFamily: runner.payload.family,
      taskDefinitionVersion: runner.payload.version,
    };
  }

  #metadata(messageId: string, flags: Readonly<Record<string, boolean>>): Readonly<Record<string, unknown>> {
    const { cluster, instanceArn } = this.#parts.place;
    return { cluster, containerInstance: instanceArn, messageId, ...flags };
  }

  /** Each frame carries a signature of its own in front; a control plane that does not read is not sent more. */
  #send(type: string, message: object): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    if (connection.socket.bufferedBytes > limits.socketBufferBytes) {
      this.#parts.log.warn('tcs: the control plane does not read; telemetry is dropped', { type });
      return;
    }
    const json = formatFrame(type, { ...message, timestamp: this.#parts.clock.nowMs() / 1000 });
    const { region, credentials, nowMs } = connection.signing;
    const scope = { service: 'ecs', region, credentials: credentials(), nowMs: nowMs() };
    const headers = signUpgrade(connection.socket.url, scope, json);
    const names = ['Authorization', 'Host', 'X-Amz-Date', 'X-Amz-Security-Token'];
    const block = names.flatMap((name) =>
      headers[name] === undefined ? [] : [`${name}: ${String(headers[name])}\r\n`],
    );
    connection.socket.send(`${block.join('')}\r\n${json}`);
  }
}
