import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labels } from '../src/agent-protocol/index.ts';
import type { DockerRuntime } from '../src/runtime/docker/index.ts';
import type { Target } from './signed-request.ts';

const cli = join(import.meta.dirname, '../dist/cli/longshore.js');
const stopTimeoutMs = 10_000;

export interface Started extends Target {
  readonly pid: number;
  /** What the ready pattern captured. */
  readonly ready: string;
  /** Ends the process: SIGTERM, and SIGKILL when it takes too long. */
  stop(): Promise<void>;
}

/** Starts a Node process and waits for the line that says it answers; `host` and `port` are of the URL or port that `ready` captures. */
export function startNode(args: readonly string[], ready: RegExp): Promise<Started> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.once('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}`)));
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const match = ready.exec(text);
      if (match === null) return;
      const found = match[1] ?? '';
      const port = Number(/(\d+)\/?$/.exec(found)?.[1] ?? 0);
      resolve({ host: '127.0.0.1', port, pid: child.pid ?? 0, ready: found, stop: () => ended(child) });
    });
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const tooLong = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await exit;
  clearTimeout(tooLong);
}

/** Longshore on a data directory of its own, which is removed with everything its agents made on the engine. */
export class Installation {
  readonly #directory = mkdtempSync(join(tmpdir(), 'longshore-bench-'));
  readonly #engine: readonly string[];
  readonly #processes: Started[] = [];

  /** @param engine the address of the container engine; none for a server alone */
  constructor(engine?: string) {
    this.#engine = engine === undefined ? [] : ['--engine', engine];
  }

  async start(args: readonly string[], ready: RegExp): Promise<Started> {
    const common = ['--data-dir', this.#directory, ...this.#engine, '--log-level', 'error'];
    const started = await startNode([cli, ...args, ...common], ready);
    this.#processes.push(started);
    return started;
  }

  up(): Promise<Started> {
    return this.start(['up', '--port', '0'], /ready (http\S+)/);
  }

  server(): Promise<Started> {
    return this.start(['server', '--port', '0'], /ready (http\S+)/);
  }

  /** An agent of its own process that joins a cluster as an EC2 container instance. */
  agent(server: Started, cluster: string): Promise<Started> {
    return this.start(['agent', '--endpoint', server.ready, '--cluster', cluster], /(agent ready)/);
  }

  async remove(runtime?: DockerRuntime): Promise<void> {
    for (const process of this.#processes.toReversed()) await process.stop();
    if (runtime !== undefined)
      for (const instance of this.#instances())
        for (const { id } of await runtime.list({ [labels.instance]: instance })) await runtime.remove(id);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** The container instances that the agents of this installation registered as. */
  #instances(): string[] {
    const agents = join(this.#directory, 'agents');
    if (!existsSync(agents)) return [];
    return readdirSync(agents)
      .map((name) => join(agents, name, 'instance.json'))
      .filter((file) => existsSync(file))
      .map((file) => (JSON.parse(readFileSync(file, 'utf8')) as { containerInstanceArn: string }).containerInstanceArn);
  }
}
