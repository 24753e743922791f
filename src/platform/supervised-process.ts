import { fork, type ChildProcess } from 'node:child_process';
import type { Log } from '../kernel/index.ts';

export interface SupervisedProcess {
  /** The process's id now; undefined between two lives. */
  readonly pid: number | undefined;
  /** SIGTERM, then SIGKILL after the grace; resolves when it has ended and will not come back. */
  stop(): Promise<void>;
}

export interface SupervisionOptions {
  /** JavaScript file to run. */
  readonly file: string;
  readonly args: readonly string[];
  readonly log: Log;
  /** Called with each message the process sends over its channel to us. */
  onMessage(message: unknown): void;
  /** Called whenever the process has ended, also when it will be started again. */
  onEnd(): void;
}

const firstRestartMs = 250;
const longestRestartMs = 15_000;
/** A life this long means that the trouble is over. */
const settledMs = 60_000;
const stopGraceMs = 15_000;

/**
 * Runs a Node process and starts it again, with growing pauses, whenever it ends by itself. It has a channel to us and sees
 * `disconnect` when we are gone, even by SIGKILL.
 */
export function supervise(options: SupervisionOptions): SupervisedProcess {
  const { file, args, log } = options;
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let pauseMs = firstRestartMs;
  let stopping = false;

  const start = (): void => {
    const startedMs = Date.now();
    child = fork(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    child.on('message', (message) => options.onMessage(message));
    child.on('error', (error) => log.error('process failed', { file, error: error.message }));
    child.once('exit', (code, signal) => {
      child = undefined;
      options.onEnd();
      if (stopping) return;
      if (Date.now() - startedMs > settledMs) pauseMs = firstRestartMs;
      log.warn('process ended, starting it again', {
        file,
        code: code ?? undefined,
        signal: signal ?? undefined,
        pauseMs,
      });
      timer = setTimeout(start, pauseMs);
      pauseMs = Math.min(pauseMs * 2, longestRestartMs);
    });
  };
  start();
  return {
    get pid() {
      return child?.pid;
    },
    async stop() {
      stopping = true;
      clearTimeout(timer);
      const last = child;
      if (last === undefined) return;
      const ended = new Promise<void>((resolve) => last.once('exit', () => resolve()));
      last.kill('SIGTERM');
      const grace = setTimeout(() => last.kill('SIGKILL'), stopGraceMs);
      await ended;
      clearTimeout(grace);
    },
  };
}
