import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { dockerdPid, startDockerd } from '../src/platform/index.ts';
import { startCommand, startLongshore, type RunningCommand, type RunningLongshore } from './longshore-process.ts';

const pollMs = 20;
const patienceMs = 30_000;

export interface Places {
  readonly directory: string;
  readonly port: number;
  readonly engine: string;
  readonly cluster: string;
  /** The folder of an engine that Longshore started; absent: the engine is not ours to kill. */
  readonly engineDirectory: string | undefined;
}

/** The processes of one installation, each of which can be killed and started again. */
export class Victims {
  readonly #places: Places;
  #server: RunningLongshore | undefined;
  #agent: RunningCommand | undefined;

  constructor(places: Places) {
    this.#places = places;
  }

  get names(): readonly string[] {
    const engine = this.#places.engineDirectory === undefined ? [] : ['engine'];
    return ['server', 'pool agent', 'agent', ...engine, 'server and its agent'];
  }

  async startServer(): Promise<void> {
    const { directory, port, engine } = this.#places;
    this.#server = await startLongshore({ directory, port, args: ['--engine', engine] });
  }

  async startAgent(): Promise<void> {
    const { directory, port, engine, cluster } = this.#places;
    this.#agent = await startCommand({
      directory,
      logName: 'agent',
      args: [
        'agent',
        ...['--cluster', cluster],
        ...['--endpoint', `http://127.0.0.1:${port}`],
        ...['--data-dir', directory],
        ...['--engine', engine],
        ...['--cpu', '65536', '--memory', '65536'],
      ],
      readyLine: 'longshore agent ready',
    });
  }

  /** Kills the one of that name and sees to it that it runs again. @param whileDead for the separate agent: done before it starts */
  async strike(name: string, whileDead?: () => Promise<void>): Promise<void> {
    switch (name) {
      case 'server':
        await this.#server?.kill();
        return this.startServer();
      case 'pool agent':
        return void process.kill(await this.#poolAgentPid(), 'SIGKILL'); // `up` starts it again
      case 'agent':
        await this.#agent?.kill();
        await whileDead?.();
        return this.startAgent();
      case 'server and its agent':
        process.kill(await this.#poolAgentPid(), 'SIGKILL');
        await this.#server?.kill();
        return this.startServer();
      case 'engine':
        return this.#killEngine();
      default:
        throw new Error(`there is no victim '${name}'`);
    }
  }

  /** SIGTERM for everything but the engine. */
  async stop(): Promise<void> {
    await this.#agent?.stop();
    await this.#server?.stop();
    this.#agent = undefined;
    this.#server = undefined;
  }

  async #poolAgentPid(): Promise<number> {
    const pid = this.#server?.process.pid;
    for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += pollMs) {
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
      // The other child is the balancer.
      const child = children.find((one) => readFileSync(`/proc/${one}/cmdline`, 'utf8').split('\0').includes('agent'));
      if (child !== undefined) return Number(child);
      await sleep(pollMs); // killed a moment ago, not yet started again
    }
    throw new Error(`longshore up has no agent after ${patienceMs} ms`);
  }

  async #killEngine(): Promise<void> {
    const folder = this.#places.engineDirectory ?? '';
    const pid = await dockerdPid(folder);
    if (pid === undefined) throw new Error(`no dockerd runs in ${folder}`);
    process.kill(pid, 'SIGKILL');
    for (let waitedMs = 0; (await dockerdPid(folder)) === pid; waitedMs += pollMs) {
      if (waitedMs > patienceMs) throw new Error(`dockerd ${pid} did not die`);
      await sleep(pollMs);
    }
    await startDockerd(folder);
  }
}
