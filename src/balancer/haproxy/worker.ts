import { spawn, type ChildProcess } from 'node:child_process';
import type { Clock } from '../../kernel/index.ts';
import { ask, tell } from './runtime-api.ts';

const startTimeoutMs = 20_000;
const askAgainMs = 5;
const stopTimeoutMs = 2_000;
const keptOutputCharacters = 4_096;

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
      env: {},
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

  /** Listens no more, and ends with its last connection. Resolves when it has stopped listening. */
  async retire(): Promise<void> {
    this.#child.kill('SIGUSR1');
    const endMs = this.#clock.nowMs() + stopTimeoutMs;
    while (!this.#ended && this.#clock.nowMs() < endMs) {
      const info = await ask(this.socket, 'show info').catch(() => '');
      if (info === '' || /^Stopping: 1/m.test(info)) return;
      await this.#pause(askAgainMs);
    }
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(ms, resolve));
  }
}
