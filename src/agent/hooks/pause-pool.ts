import { createHash } from 'node:crypto';
import type { Clock, Ids, Log } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import { labels } from '../../agent-protocol/index.ts';
import type { PauseNetworking } from '../../network/index.ts';
import type { ContainerRuntime } from '../../runtime/index.ts';
import { pauseImage } from '../../runtime/index.ts';
import { limits } from '../limits.ts';
import type { StartGate } from '../tasks/start-gate.ts';

/** A running pause container whose network namespace a task may have. */
export interface Pause {
  readonly id: string;
  /** Host process id, by which the namespace is found. */
  readonly pid: number;
}

export interface PausePoolOptions {
  readonly runtime: ContainerRuntime;
  readonly gate: StartGate;
  readonly instanceArn: string;
  readonly architecture: string;
  /** How many ready pauses are kept; 0: each is made when it is needed. */
  readonly size: number;
  /** Name servers written into the tasks' resolv.conf; empty: the engine's choice. */
  readonly dnsServers: readonly string[];
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** Ready pause containers with network `none`: taking one costs nothing, a new one is made in its place. */
export class PausePool {
  readonly #options: PausePoolOptions;
  readonly #ready: Pause[] = [];
  #making = 0;
  #failures = 0;
  #stopped = false;
  #image: Promise<string> | undefined;

  constructor(options: PausePoolOptions) {
    this.#options = options;
  }

  get readyCount(): number {
    return this.#ready.length;
  }

  /** Takes over pauses that an earlier run of this agent left ready. */
  adopt(pauses: readonly Pause[]): void {
    this.#ready.push(...pauses);
  }

  /** Brings the pool to its size, in the background and a few at a time: the engine has tasks to start meanwhile. */
  fill(): void {
    const missing = (): boolean => this.#ready.length + this.#making < this.#options.size;
    while (!this.#stopped && this.#making < refillsAtOnce && missing()) this.#makeOne();
  }

  /** A pause of one's own. @throws what the engine says */
  async take(): Promise<Pause> {
    const ready = this.#ready.shift();
    if (ready === undefined) return this.#make('pool', 'pause', {});
    // Refilled a little later: the engine is about to be busy with the task itself.
    this.#options.clock.after(refillDelayMs, () => this.fill());
    return ready;
  }

  /** A pause that starts with its interface. @throws what the engine says */
  async makeFor(networking: PauseNetworking, hostConfig: Readonly<Record<string, unknown>>): Promise<Pause> {
    const { networkMode, labels: own, config } = networking;
    return this.#make('pause', 'pause', {
      labels: own,
      config,
      hostConfig: { NetworkMode: networkMode, ...hostConfig },
    });
  }

  /** A pause that holds the pid or ipc namespace of a task. */
  async makeNamespaceHolder(taskArn: string, ipcShareable: boolean): Promise<Pause> {
    return this.#make('pause-namespace', 'pause', {
      labels: { [labels.taskArn]: taskArn },
      hostConfig: ipcShareable ? { IpcMode: 'shareable' } : {},
    });
  }

  /** An ended pause must not be given away. */
  drop(id: string): void {
    const at = this.#ready.findIndex((pause) => pause.id === id);
    if (at === -1) return;
    this.#ready.splice(at, 1);
    this.fill();
  }

  stop(): void {
    this.#stopped = true;
  }

  #makeOne(): void {
    this.#making += 1;
    this.#make('pool', 'refill', {})
      .then(
        (pause) => {
          this.#failures = 0;
          this.#ready.push(pause);
        },
        (error: unknown) => {
          this.#failures += 1;
          this.#options.log.warn('could not make a pause container for the pool', { error: messageOf(error) });
        },
      )
      .finally(() => {
        this.#making -= 1;
        if (this.#failures === 0) return this.fill();
        if (this.#stopped) return;
        const delayMs = Math.min(limits.engineRetryMs * 2 ** this.#failures, limits.engineRetryLongestMs);
        this.#options.clock.after(delayMs, () => this.fill());
      });
  }

  async #make(
    kind: 'pool' | 'pause' | 'pause-namespace',
    priority: 'pause' | 'refill',
    extra: {
      readonly labels?: Readonly<Record<string, string>>;
      readonly config?: Readonly<Record<string, unknown>>;
      readonly hostConfig?: Readonly<Record<string, unknown>>;
    },
  ): Promise<Pause> {
    const { runtime, gate, ids, instanceArn, dnsServers, log } = this.#options;
    const image = await this.#loadImage();
    return gate.run(priority, async () => {
      const id = await runtime.create({
        name: `longshore-${kind}-${ids.hex(16)}`,
        config: {
          ...extra.config,
          Image: image,
          Labels: {
            [labels.internal]: kind,
            [labels.instance]: instanceArn,
            ...extra.labels,
          },
          HostConfig: {
            NetworkMode: 'none',
            LogConfig: { Type: 'none', Config: {} },
            ...(dnsServers.length > 0 ? { Dns: dnsServers } : {}),
            ...extra.hostConfig,
          },
        },
      });
      try {
        await runtime.start(id);
        const info = await runtime.inspect(id);
        if (info === undefined || info.pid === 0) throw new Error(`pause container ${id} ended at once`);
        return { id, pid: info.pid };
      } catch (error) {
        // One that could not have its address, say: nobody would remove it before the next start of the agent.
        await runtime.remove(id).catch((left: unknown) => log.warn(notRemoved, { id, error: messageOf(left) }));
        throw error;
      }
    });
  }

  /** @returns the reference of the pause image, which the engine has from then on */
  #loadImage(): Promise<string> {
    this.#image ??= this.#loadImageOnce().catch((error: unknown) => {
      this.#image = undefined;
      throw error;
    });
    return this.#image;
  }

  async #loadImageOnce(): Promise<string> {
    const { runtime, architecture } = this.#options;
    const image = pauseImage(architecture, (bytes) => createHash('sha256').update(bytes).digest('hex'));
    if ((await runtime.inspectImage(image.reference)) === undefined) await runtime.loadImage(image.tar);
    return image.reference;
  }
}

const refillDelayMs = 250;
const notRemoved = 'a pause that did not start could not be removed; the next start of the agent will';
const refillsAtOnce = 2;
