import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectMessage, ConnectReport, TaskConnect } from '../../connect-protocol/index.ts';
import { messageOf, type Cancel, type Clock, type Log } from '../../kernel/index.ts';
import { limits } from '../limits.ts';
import { startOf } from '../process-start.ts';
import type { ProxyFile } from '../proxy-file.ts';
import { EndpointWatch } from './endpoint-watch.ts';
import { askProxy, ProxyGone, updateProxy } from './proxy-client.ts';
import { ending, type Ending } from './restart-pause.ts';
import { startProxy } from './start-proxy.ts';

/** A task whose containers have a proxy. */
export interface ProxiedTask {
  readonly arn: string;
  /** The process that holds its network namespace. */
  readonly pid: number;
  readonly connect: TaskConnect;
}

export interface TaskProxiesOptions {
  /** Of this agent alone: the files of its proxies and their sockets; its path is short, for a socket's has a bound. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
  /** To the control plane, over the present connection; without one nothing happens. */
  send(report: ConnectReport): void;
}

/** How long the start of a task waits for what the control plane says of its endpoints. */
const heardWithinMs = 10_000;

/** The proxies of this machine's tasks: a process each, in the task's network, which lives as long as the task does, whatever becomes of the agent. */
export class TaskProxies {
  readonly #options: TaskProxiesOptions;
  readonly #watch: EndpointWatch;
  readonly #files = new Map<string, ProxyFile>();
  /** Being started now. */
  readonly #starting = new Set<string>();
  /** Started by an earlier life of the agent. */
  readonly #adopted = new Set<string>();
  /** The last time that the proxy of a task ended by itself. */
  readonly #endings = new Map<string, Ending>();
  #cancelLook: Cancel;
  #closed = false;

  constructor(options: TaskProxiesOptions) {
    this.#options = options;
    this.#watch = new EndpointWatch({
      clock: options.clock,
      send: options.send,
      update: async (task, update) => {
        const file = this.#files.get(task);
        if (file === undefined) return;
        await updateProxy(file.socket, update).catch((error: unknown) => this.#lost(error, task));
      },
    });
    this.#cancelLook = options.clock.after(limits.lookMs, () => void this.#look());
  }

  /** A connection to the control plane is open. */
  opened(): void {
    this.#watch.opened();
  }

  /** A message of the control plane. @param answer to the connection that it came over */
  heard(message: ConnectMessage, answer: (report: ConnectReport) => void): void {
    this.#watch.heard(message, answer);
  }

  /** Resolves when the task's proxy listens and knows its endpoints; at once where it does already. @throws Error that says why not */
  async start(task: ProxiedTask): Promise<void> {
    const start = startOf(task.pid);
    if (start === '') throw new Error(`the process ${task.pid} that holds the network of the task is gone`);
    const file = this.#fileOf(task, start);
    this.#files.set(task.arn, file);
    const endpoints = [...new Set(task.connect.listeners.map(({ endpoint }) => endpoint))];
    this.#watch.add(task.arn, endpoints);
    writeFileSync(this.#path(task.arn, 'json'), JSON.stringify(file), { mode: 0o600 });
    await this.#run(file);
    if (!(await this.#watch.heardOf(endpoints, heardWithinMs)))
      throw new Error(`the control plane did not say who stands behind its endpoints within ${heardWithinMs} ms`);
    await updateProxy(file.socket, this.#watch.wholeFor(task.arn));
  }

  /** After a restart of the agent: the proxies of these tasks go on, those of others end. */
  async adopt(tasks: readonly ProxiedTask[]): Promise<void> {
    const wanted = new Set(tasks.map(({ arn }) => arn));
    for (const name of readdirSync(this.#options.directory)) {
      if (!name.endsWith('.json')) continue;
      const path = join(this.#options.directory, name);
      const file = readProxyFile(path);
      if (file === undefined) rmSync(path, { force: true });
      else if (!wanted.has(file.task)) await this.#end(file);
    }
    for (const task of tasks) {
      const start = startOf(task.pid);
      if (start === '') continue;
      this.#files.set(task.arn, this.#fileOf(task, start));
      this.#adopted.add(task.arn);
      this.#watch.add(
        task.arn,
        task.connect.listeners.map(({ endpoint }) => endpoint),
      );
    }
  }

  /** Ends the proxy of a task; no error when there is none. */
  async stop(arn: string): Promise<void> {
    const file = this.#files.get(arn);
    if (file === undefined) return;
    this.#files.delete(arn);
    this.#adopted.delete(arn);
    this.#endings.delete(arn);
    this.#watch.remove(arn);
    await this.#end(file);
  }

  /** The agent stops; the proxies go on. */
  close(): void {
    this.#closed = true;
    this.#cancelLook();
  }

  #fileOf({ arn, pid, connect }: ProxiedTask, start: string): ProxyFile {
    return { task: arn, socket: this.#path(arn, 'sock'), holder: { pid, start }, connect };
  }

  #path(arn: string, kind: 'json' | 'sock'): string {
    return join(this.#options.directory, `${arn.slice(arn.lastIndexOf('/') + 1)}.${kind}`);
  }

  /** Starts the process, unless it runs. */
  async #run(file: ProxyFile): Promise<void> {
    if (this.#starting.has(file.task)) return;
    this.#starting.add(file.task);
    try {
      if (await this.#answers(file)) return void this.#adopted.add(file.task);
      this.#adopted.delete(file.task);
      await startProxy(file.holder.pid, this.#path(file.task, 'json'), () => this.#ended(file));
    } finally {
      this.#starting.delete(file.task);
    }
  }

  async #answers({ socket }: ProxyFile): Promise<boolean> {
    return askProxy(socket, { method: 'GET', path: '/figures' }).then(
      () => true,
      () => false,
    );
  }

  #ended(file: ProxyFile): void {
    if (this.#closed || this.#files.get(file.task) !== file) return;
    const { clock } = this.#options;
    const last = ending(this.#endings.get(file.task), clock.nowMs());
    this.#endings.set(file.task, last);
    clock.after(last.pauseMs, () => void this.#revive(file));
  }

  /** Proxies that an earlier life of the agent started say nothing when they end. */
  async #look(): Promise<void> {
    for (const file of [...this.#files.values()])
      if (this.#adopted.has(file.task) && !this.#starting.has(file.task) && !(await this.#answers(file)))
        await this.#revive(file);
    if (!this.#closed) this.#cancelLook = this.#options.clock.after(limits.lookMs, () => void this.#look());
  }

  /** A proxy ended, and its task has not: a new one takes its place. */
  async #revive(file: ProxyFile): Promise<void> {
    const { holder, task, socket } = file;
    if (this.#closed || this.#files.get(task) !== file || startOf(holder.pid) !== holder.start) return;
    this.#options.log.warn('the Service Connect proxy of a task ended, starting another', { task });
    try {
      await this.#run(file);
      await updateProxy(socket, this.#watch.wholeFor(task));
    } catch (error) {
      this.#options.log.error('the Service Connect proxy of a task could not be started', {
        task,
        error: messageOf(error),
      });
    }
  }

  #lost(error: unknown, task: string): void {
    // It is about to be revived, or its task is over.
    if (!(error instanceof ProxyGone))
      this.#options.log.error('a Service Connect proxy did not take an update', { task, error: messageOf(error) });
  }

  async #end({ socket, task }: ProxyFile): Promise<void> {
    await askProxy(socket, { method: 'POST', path: '/end' }).catch(() => undefined);
    rmSync(socket, { force: true });
    rmSync(this.#path(task, 'json'), { force: true });
  }
}

/** Undefined: the agent ended while it wrote the file, so no proxy has begun with it. */
function readProxyFile(path: string): ProxyFile | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProxyFile;
  } catch {
    return undefined;
  }
}
