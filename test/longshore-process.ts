import { spawn, execFile, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const entry = join(import.meta.dirname, '../dist/cli/longshore.js');
const readyWithinMs = 60_000;

/** A `longshore up` of the test's own: its data directory, its port. */
export interface RunningLongshore {
  readonly process: ChildProcess;
  readonly endpoint: string;
  readonly port: number;
  readonly directory: string;
  /** What it wrote to stderr so far. */
  log(): string;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<void>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

export function newDataDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'longshore-test-'));
}

export async function startLongshore(options: {
  directory: string;
  port: number;
  command?: string;
  args?: readonly string[];
  wrap?: readonly string[];
}): Promise<RunningLongshore> {
  const { directory, port, command = 'up', args = [], wrap = [] } = options;
  const running = await startCommand({
    directory,
    logName: command,
    args: [command, '--port', String(port), '--data-dir', directory, ...args],
    readyLine: 'longshore ready ',
    wrap,
  });
  return { ...running, endpoint: `http://127.0.0.1:${port}`, port, directory };
}

/** A command of the CLI that stays in the foreground. */
export type RunningCommand = Pick<RunningLongshore, 'process' | 'log' | 'stop' | 'kill'>;

/** Starts such a command; resolves when it has printed its line, rejects when it ends before. */
export async function startCommand(options: {
  directory: string;
  logName: string;
  args: readonly string[];
  readyLine: string;
  /** A program and its parameters that run the command, as another user say. */
  wrap?: readonly string[];
}): Promise<RunningCommand> {
  const { directory, logName, args, readyLine } = options;
  const logPath = join(directory, `${logName}.log`);
  const log = openSync(logPath, 'a', 0o600);
  const command = [...(options.wrap ?? []), process.execPath, entry, ...args];
  const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'pipe', log] });
  closeSync(log);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const readLog = (): string => readFileSync(logPath, 'utf8');
  await new Promise<void>((resolve, reject) => {
    let out = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`not ready within ${readyWithinMs} ms:\n${out}\n${readLog()}`));
    }, readyWithinMs);
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes(readyLine)) {
        clearTimeout(timer);
        resolve();
      }
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`ended with ${code} before it was ready:\n${readLog()}`));
    });
  });
  return {
    process: child,
    log: readLog,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Runs a command of the built CLI to its end. */
export async function longshore(
  args: readonly string[],
  wrap: readonly string[] = [],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = [...wrap, process.execPath, entry, ...args];
  return run(command[0] ?? '', command.slice(1), {});
}

async function run(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(file, args, { env: { ...process.env, ...environment }, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr });
    });
  });
}

/** The unmodified AWS CLI, pointed at an endpoint. */
export function awsCli(
  endpoint: string,
  account = 'test',
  /** Other variables, such as keys and AWS_CA_BUNDLE. */
  more: Readonly<Record<string, string>> = {},
): {
  /** Output parsed as JSON (or the text, when it is none); throws with the CLI's words when it fails. */
  (...args: readonly string[]): Promise<any>;
  /** Exit code and streams, for calls that should fail. */
  raw(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }>;
} {
  const environment = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: account,
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_PAGER: '',
    AWS_MAX_ATTEMPTS: '1',
    NO_PROXY: '*',
    ...more,
  };
  const raw = (...args: readonly string[]): ReturnType<typeof run> => run('aws', args, environment);
  const call = async (...args: readonly string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await raw(...args);
    if (code !== 0) throw new Error(`aws ${args.join(' ')}: exit code ${code}: ${stderr.trim()}`);
    const text = stdout.trim();
    return text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
  };
  return Object.assign(call, { raw });
}
