import { spawn, type ChildProcess } from 'node:child_process';
import type { Clock } from '../../kernel/index.ts';
import { ask, tell } from './runtime-api.ts';
import { parseStats } from './stats.ts';

const startTimeoutMs = 20_000;
const askAgainMs = 5;
const keptOutputCharacters = 4_096;

/** Buffers outgrow HAProxy's own caches: without this requests give pages back to the system and get them again. */
const allocator = { MALLOC_TOP_PAD_: String(64 * 1024 * 1024) } as const;

export interface WorkerOptions {
  readonly program: string;
  readonly configurationFile: string;
  readonly socket: string;
  /** Socket of the process whose listening sockets are taken over. */
  readonly takeOver: string | undefined;
  readonly clock: Clock;
  onEnd(worker: Worker, how: string): void;
}

/** One HAProxy process: it serves one configuration, hands its listening sockets to the next, and ends with its last connection. */
export class Worker {
  readonly socket: string;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  #ended = false;
  #output = '';

  private constructor(options: WorkerOptions) {
    this.socket = options.socket;
    this.#clock = options.clock;
    const takeOver = options.takeOver === undefined ? [] : ['-x', options.takeOver];
    this.#child = spawn(options.program, ['-db', '-f', options.configurationFile, ...takeOver], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: allocator,
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
      this.#output = (this.#output + piece).slice(-keptOutputCharacters);
    });
    const end = (how: string): void => {
      if (this.#ended) return;
      this.#ended = true;
      options.onEnd(this, how);
    };
    this.#child.on('error', (error) => end(error.message));
    this.#child.on('exit', (code, signal) => end(signal ?? `exit code ${code}`));
  }

  /** Resolves when it listens. @throws Error with HAProxy's own words when it does not start */
  static async start(options: WorkerOptions): Promise<Worker> {
    const worker = new Worker(options);
    const endMs = options.clock.nowMs() + startTimeoutMs;
    for (;;) {
      if (worker.#ended) throw new Error(`HAProxy did not start: ${worker.alerts}`);
      const answer = await ask(worker.socket, 'show version').catch(() => '');
      if (answer !== '') return worker;
      if (options.clock.nowMs() > endMs) {
        worker.kill();
        throw new Error(`HAProxy did not answer within ${startTimeoutMs} ms: ${worker.alerts}`);
      }
      await worker.#pause(askAgainMs);
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** What it complained of. */
  get alerts(): string {
    return this.#output
      .split('\n')
      .filter((line) => line.includes('[ALERT]'))
      .join('; ');
  }

  ask(line: string): Promise<string> {
    return ask(this.socket, line);
  }

  tell(commands: readonly string[]): Promise<readonly string[]> {
    return commands.length === 0 ? Promise.resolve([]) : tell(this.socket, commands);
  }

  /**
   * Listens no more, and then passes on what its connections still ask through these relays: both processes have the socket that they lead to, so
   * one that listened still would ask itself, round and round. HAProxy's own soft stop would also close the socket for commands, and with it the view
   * of what is still in flight; see `finish`.
   */
  async retire(frontends: readonly string[], relays: readonly string[] = []): Promise<void> {
    await this.tell(frontends.map((name) => `shutdown frontend ${name}`));
    await this.tell(relays.map((name) => `set server ${name}/next state ready`));
  }

  /** Requests and connections that are under way. */
  async inFlight(): Promise<number> {
    const rows = parseStats(await this.ask('show stat -1 2 -1'));
    return rows.filter(({ proxy }) => !proxy.startsWith('relay-')).reduce((sum, { current }) => sum + current, 0);
  }

  /** Ends with its last connection: each is told with its next answer. */
  finish(): void {
    this.#child.kill('SIGUSR1');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(ms, resolve));
  }
}
