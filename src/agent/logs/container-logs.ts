import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import type { Clock, Ids, Log } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { PayloadContainer, PayloadTask } from '../../agent-protocol/index.ts';
import type { ContainerRuntime } from '../../runtime/index.ts';
import { EngineRefused } from '../../runtime/index.ts';
import { limits } from '../limits.ts';
import { ApiError } from '../session/api-client.ts';
import type { AwsCredentials } from '../session/credentials.ts';
import { sleep, within } from '../sleep.ts';
import { LogCursor } from './cursor.ts';
import type { LogsApi } from './logs-api.ts';
import { logConfigOf, readAwsLogsOptions } from './options.ts';
import type { OutputSource } from './shipper.ts';
import { LogShipper } from './shipper.ts';

export interface ContainerLogsOptions {
  readonly api: LogsApi;
  readonly runtime: ContainerRuntime;
  readonly dataDir: string;
  /** When the options name none. */
  readonly region: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

interface Shipping {
  readonly shipper: LogShipper;
  readonly cursor: LogCursor;
  /** Resolves to the refusal's text, or undefined when the stream is there. */
  readonly prepared: Promise<string | undefined>;
  reading: boolean;
  attachedTo?: string;
}

export interface LogOwner {
  readonly task: PayloadTask;
  readonly container: PayloadContainer;
  /** Of the execution role, when the definition asks for it and they are there. */
  readonly credentials: () => AwsCredentials | undefined;
}

/** The output of all containers with the awslogs driver. Other drivers are the engine's own affair. */
export class ContainerLogs {
  readonly #options: ContainerLogsOptions;
  readonly #shippings = new Map<string, Shipping>();
  /** Number of the unbroken connection to the engine that there is; undefined while there is none. */
  #connection: number | undefined;
  #connections = 0;
  #stopped = false;

  constructor(options: ContainerLogsOptions) {
    this.#options = options;
  }

  /** Begins to make the log stream, long before the container starts; does nothing for other drivers. @throws BadLogOptions */
  open(owner: LogOwner): void {
    const key = keyOf(owner);
    const config = logConfigOf(owner.container.dockerConfig.hostConfig);
    if (config?.type !== 'awslogs' || this.#shippings.has(key)) return;
    const { api, clock, ids, region, dataDir } = this.#options;
    const destination = readAwsLogsOptions(config, { container: owner.container.name, task: owner.task, region });
    const log = this.#options.log.with({ task: owner.task.arn, container: owner.container.name });
    const cursor = new LogCursor(join(dataDir, 'logs', `${key}.json`));
    const shipper = new LogShipper({ api, destination, credentials: owner.credentials, cursor, clock, ids, log });
    const prepared = shipper.prepare().then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof ApiError) return failureText(error, destination.createGroup);
        log.warn('the log stream could not be made yet; its output waits', { error: messageOf(error) });
        return undefined;
      },
    );
    this.#shippings.set(key, { shipper, cursor, prepared, reading: false });
  }

  /** The engine's events are followed, for the first time or again. */
  engineFound(): void {
    this.#connections += 1;
    this.#connection = this.#connections;
  }

  /** The engine's events broke off: if the engine is gone, the output streams ended early as well. */
  engineLost(): void {
    this.#connection = undefined;
  }

  /**
   * Attaches to a container that is about to start, and waits a little for the log stream, which an earlier run of the agent may have opened.
   * @returns why the container must not start, or a promise of that for later
   */
  async attach(
    owner: LogOwner,
    dockerId: string,
  ): Promise<{ readonly refusal?: string; readonly later?: Promise<string | undefined> }> {
    this.open(owner);
    const shipping = this.#shippings.get(keyOf(owner));
    if (shipping === undefined) return {};
    // Of another container in this one's place, which never ran, nothing is left to read.
    if (shipping.attachedTo === dockerId) await shipping.shipper.settled(limits.logFlushMs);
    const source = this.#source(dockerId);
    const gaveAll = source.watch();
    shipping.shipper.consume(await this.#options.runtime.attach(dockerId), source, gaveAll);
    shipping.reading = true;
    shipping.attachedTo = dockerId;
    const early = await within(this.#options.clock, shipping.prepared, {
      ms: limits.logReadyWaitMs,
      late: 'late' as const,
    });
    if (early === 'late') return { later: shipping.prepared };
    return early === undefined ? {} : { refusal: early };
  }

  /** The container will never run: nothing of it is waited for. */
  abandon(owner: LogOwner): void {
    this.#shippings.get(keyOf(owner))?.shipper.stop();
    this.#shippings.delete(keyOf(owner));
  }

  /** Goes on, in the background, with a container found after a restart of the agent, running or ended. @throws BadLogOptions */
  resume(owner: LogOwner, dockerId: string): void {
    this.open(owner);
    const shipping = this.#shippings.get(keyOf(owner));
    if (shipping === undefined || shipping.reading) return;
    shipping.reading = true;
    shipping.shipper.resume(this.#source(dockerId));
  }

  #source(dockerId: string): OutputSource {
    return {
      open: (sinceMs) => this.#options.runtime.logs(dockerId, sinceMs),
      watch: () => {
        const connection = this.#connection;
        return () => this.#gaveAll(dockerId, connection);
      },
    };
  }

  /**
   * A stream that ended gave everything unless the engine died under it. After a call that the engine answers, a death of it has been
   * noticed on the connection for events too, because that ends with it.
   */
  async #gaveAll(dockerId: string, connection: number | undefined): Promise<boolean> {
    const { runtime, clock } = this.#options;
    while (!this.#stopped) {
      try {
        if ((await runtime.inspect(dockerId)) === undefined) return true;
        return connection !== undefined && connection === this.#connection;
      } catch (error) {
        if (error instanceof EngineRefused) return true;
        await sleep(clock, limits.engineRetryMs);
      }
    }
    return true;
  }

  /** Waits, within a bound, until all output of a task is shipped. */
  async finish(task: PayloadTask): Promise<void> {
    await Promise.all(
      task.containers.map(async (container) => {
        const shipping = this.#shippings.get(keyOf({ task, container }));
        if (shipping === undefined || !shipping.reading) return;
        if (!(await shipping.shipper.finish(limits.logFlushMs)))
          this.#options.log.warn('not all output was shipped before the task was reported STOPPED; shipping goes on', {
            task: task.arn,
            container: container.name,
          });
      }),
    );
  }

  /** Is everything shipped, so that the containers may be removed? */
  async isShipped(task: PayloadTask): Promise<boolean> {
    const states = await Promise.all(
      task.containers.map((container) => {
        const shipping = this.#shippings.get(keyOf({ task, container }));
        return shipping === undefined || !shipping.reading ? Promise.resolve(true) : shipping.shipper.finish(1);
      }),
    );
    return states.every(Boolean);
  }

  async forget(task: PayloadTask): Promise<void> {
    for (const container of task.containers) {
      const key = keyOf({ task, container });
      const shipping = this.#shippings.get(key);
      shipping?.shipper.stop();
      this.#shippings.delete(key);
      await rm(join(this.#options.dataDir, 'logs', `${key}.json`), { force: true });
    }
  }

  /** Sends what is at hand, within a bound, and lets go of the containers. */
  async stop(boundMs: number): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#shippings.values()].map((shipping) => shipping.shipper.halt(boundMs)));
  }
}

function keyOf(owner: Pick<LogOwner, 'task' | 'container'>): string {
  return `${owner.task.arn.slice(owner.task.arn.lastIndexOf('/') + 1)}-${owner.container.name}`;
}

function failureText(error: ApiError, createsGroup: boolean): string {
  const what = createsGroup && error.code !== 'ResourceNotFoundException' ? 'group' : 'stream';
  return `failed to create Cloudwatch log ${what}: ${error.message}`;
}
