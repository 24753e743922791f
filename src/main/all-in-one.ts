import { fileURLToPath } from 'node:url';
import type { Clock, Ids, Log } from '../kernel/index.ts';
import { supervise, type SupervisedProcess } from '../platform/index.ts';
import { isAgentReady } from './agent-messages.ts';
import { startServer, type RunningServer } from './server.ts';

export interface AllInOneOptions {
  readonly host: string;
  readonly port: number;
  readonly dataDirectory: string;
  /** Address of the container engine, such as `unix:///var/run/docker.sock`. */
  readonly engine: string;
  readonly logLevel: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

export interface AllInOne {
  readonly url: string;
  /** Stops control plane and agent; containers run on. */
  stop(): Promise<void>;
}

/**
 * Everything on this machine: the control plane in this process and, in a process of its own, the agent that is its FARGATE capacity.
 * Resolves when both answer; rejects when the control plane cannot start.
 */
export async function startAllInOne(options: AllInOneOptions): Promise<AllInOne> {
  const agent = { ready: false };
  const server = await startServer({ ...options, parts: () => ({ agent: agent.ready ? 'ok' : 'starting' }) });
  return withAgent(options, server, agent);
}

async function withAgent(
  options: AllInOneOptions,
  server: RunningServer,
  agent: { ready: boolean },
): Promise<AllInOne> {
  const process = await new Promise<SupervisedProcess>((resolve) => {
    const started: SupervisedProcess = supervise({
      file: fileURLToPath(new URL('../cli/longshore.js', import.meta.url)),
      args: [
        'agent',
        '--fargate',
        ...['--endpoint', server.url],
        ...['--data-dir', options.dataDirectory],
        ...['--engine', options.engine],
        ...['--log-level', options.logLevel],
      ],
      log: options.log.with({ part: 'agent' }),
      onMessage(message) {
        if (!isAgentReady(message)) return;
        agent.ready = true;
        resolve(started);
      },
      onEnd() {
        agent.ready = false;
      },
    });
  });
  return {
    url: server.url,
    async stop() {
      await process.stop();
      await server.stop();
    },
  };
}
