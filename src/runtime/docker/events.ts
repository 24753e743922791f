import type { Readable } from 'node:stream';
import { messageOf } from '../../kernel/index.ts';
import type { Log } from '../../kernel/index.ts';
import type { EngineEvent } from '../index.ts';
import type { EngineApi } from './engine-api.ts';
import { callTimeoutMs, eventsRetryMs } from './limits.ts';
import { jsonLines } from './streams.ts';
import type { EventReply } from './wire-types.ts';

type ContainerEvent = Exclude<EngineEvent, { readonly type: 'resync' | 'interrupted' }>;

const types: ReadonlyMap<string, ContainerEvent['type']> = new Map([
  ['create', 'create'],
  ['start', 'start'],
  ['die', 'die'],
  ['died', 'die'],
  ['oom', 'oom'],
  ['destroy', 'destroy'],
  ['remove', 'destroy'],
  ['health_status', 'health'],
]);

/** Follows the engine's events, over restarts of the engine, until closed. */
export class EventWatch {
  readonly #api: EngineApi;
  readonly #log: Log;
  readonly #labels: Readonly<Record<string, string>>;
  readonly #onEvent: (event: EngineEvent) => void;
  #closed = false;
  #readable: Readable | undefined;
  #connected = false;
  #retry: NodeJS.Timeout | undefined;
  #retryMs: number = eventsRetryMs.first;

  constructor(
    api: EngineApi,
    options: {
      readonly log: Log;
      readonly labels: Readonly<Record<string, string>>;
      readonly onEvent: (event: EngineEvent) => void;
    },
  ) {
    this.#api = api;
    this.#log = options.log;
    this.#labels = options.labels;
    this.#onEvent = options.onEvent;
    void this.#run();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#readable?.destroy();
  }

  async #run(): Promise<void> {
    let why = 'the engine ended the stream';
    try {
      await this.#follow();
    } catch (thrown) {
      why = messageOf(thrown);
    }
    if (this.#closed) return;
    if (this.#connected) this.#onEvent({ type: 'interrupted' });
    this.#connected = false;
    this.#log.warn('engine events interrupted', { why, retryMs: this.#retryMs });
    this.#api.forgetVersion();
    this.#retry = setTimeout(() => void this.#run(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, eventsRetryMs.most);
  }

  async #follow(): Promise<void> {
    const { kind } = await this.#api.version();
    const label = Object.entries(this.#labels).map(([key, value]) => `${key}=${value}`);
    const filters = JSON.stringify({ type: ['container'], label });
    // Docker answers before it has subscribed: `since` now closes that gap. Podman subscribes first.
    const since = kind === 'docker' ? (Date.now() / 1000).toFixed(3) : undefined;
    const query = { filters, since };
    const { readable } = await this.#api.open({
      method: 'GET',
      path: '/events',
      query,
      timeoutMs: callTimeoutMs.openStream,
    });
    if (this.#closed) return void readable.destroy();
    this.#readable = readable;
    this.#retryMs = eventsRetryMs.first;
    this.#connected = true;
    this.#onEvent({ type: 'resync' });
    for await (const line of jsonLines(this.#api, readable)) {
      const event = engineEvent(line as EventReply);
      if (event !== undefined && !this.#closed) this.#onEvent(event);
    }
  }
}

/** Docker's event in Longshore's terms; undefined for those nobody asked for. */
export function engineEvent(reply: EventReply): ContainerEvent | undefined {
  const attributes = reply.Actor?.Attributes ?? {};
  // `health_status: healthy` in Docker; podman puts the status in a field of its own.
  const [action = '', status] = (reply.Action ?? reply.status ?? '').split(': ');
  const type = types.get(action);
  const id = reply.Actor?.ID ?? reply.id;
  if (type === undefined || id === undefined) return undefined;
  const exitCode = type === 'die' ? (attributes['exitCode'] ?? attributes['containerExitCode']) : undefined;
  const health = type === 'health' ? (status ?? reply.HealthStatus ?? attributes['health_status']) : undefined;
  return {
    type,
    id,
    labels: attributes,
    timeMs: reply.timeNano === undefined ? (reply.time ?? 0) * 1000 : Math.floor(reply.timeNano / 1e6),
    ...(exitCode === undefined ? {} : { exitCode: Number(exitCode) }),
    ...(health === 'starting' || health === 'healthy' || health === 'unhealthy' ? { health } : {}),
  };
}
