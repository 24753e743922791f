import { fileURLToPath } from 'node:url';
import type { Clock, Ids, Log } from '../kernel/index.ts';
import { supervise, type SupervisedProcess } from '../platform/index.ts';
import { isAgentReady } from './agent-messages.ts';
import { startServer, type RunningServer } from './server.ts';

export interface AllInOneOptions {
  readonly host: string;
  readonly port: number;
  readonly dataDirectory: string;
  /** Address of the container engine, such as `unix:///var/run/docker.sock`; may take until there is one. */
  engine(): Promise<string>;
  readonly logLevel: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  onFailure(error: Error): void;
}

export interface AllInOne {
  readonly url: string;
  /** Resolves when every part answers; rejects when no engine was found. */
  readonly ready: Promise<void>;
  readonly tasks: RunningServer['tasks'];
  /** Stops control plane and agent; containers run on. */
  stop(): Promise<void>;
}

/**
 * Everything on this machine: the control plane in this process and, in a process of its own as soon as there is an engine, the agent
 * that is its FARGATE capacity. Resolves when the control plane answers; rejects when it cannot start.
 */
export async function startAllInOne(options: AllInOneOptions): Promise<AllInOne> {
  const agent: AgentState = { ready: false };
  const server = await startServer({ ...options, parts: () => ({ agent: agent.ready ? 'ok' : 'starting' }) });
  const ready = startAgent(options, server, agent);
  ready.catch(() => undefined); // whoever awaits it hears of it
  return {
    url: server.url,
    ready,
    tasks: server.tasks,
    async stop() {
      agent.stopping = true;
      // The agent first: it hands over what it still has to report.
      await agent.process?.stop();
      await server.stop();
    },
  };
}

interface AgentState {
  ready: boolean;
  stopping?: boolean;
  process?: SupervisedProcess;
}

async function startAgent(options: AllInOneOptions, server: RunningServer, agent: AgentState): Promise<void> {
  const engine = await options.engine();
  if (agent.stopping === true) return;
  await new Promise<void>((resolve) => {
    agent.process = supervise({
      file: fileURLToPath(new URL('../cli/longshore.js', import.meta.url)),
      args: [
        'agent',
        '--fargate',
        ...['--endpoint', server.url],
        ...['--data-dir', options.dataDirectory],
        ...['--engine', engine],
        ...['--log-level', options.logLevel],
      ],
      log: options.log.with({ part: 'agent' }),
      onMessage(message) {
        if (!isAgentReady(message)) return;
        agent.ready = true;
        resolve();
      },
      onEnd() {
        agent.ready = false;
      },
    });
  });
}
