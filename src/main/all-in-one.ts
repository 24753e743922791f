import { isIP } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Clock, Ids, Log } from '../kernel/index.ts';
import { supervise, type SupervisedProcess } from '../platform/index.ts';
import type { DataPlaneKind } from './choose-data-plane.ts';
import { isLoopback } from './loopback.ts';
import { agentReady, balancerReady, isReady } from './part-messages.ts';
import { startServer, type RunningServer } from './server.ts';
import type { TransportChoice } from './transport.ts';
import type { UnderlayChoice } from './underlay.ts';

export interface AllInOneOptions {
  readonly host: string;
  readonly port: number;
  /** See ServerOptions. */
  readonly transport?: TransportChoice;
  readonly dataDirectory: string;
  /** See ServerOptions. */
  readonly lambdaEndpoint?: string | undefined;
  /** See ServerOptions. */
  readonly s3Directory?: string | undefined;
  readonly efsDirectory?: string | undefined;
  readonly ebsDirectory?: string | undefined;
  readonly rdsDirectory?: string | undefined;
  readonly rdsPostgresImage?: string | undefined;
  /** See ServerOptions. */
  readonly poolAgentLostMs?: number | undefined;
  /** Address of the container engine, such as `unix:///var/run/docker.sock`; may take until there is one. */
  engine(): Promise<string>;
  readonly logLevel: string;
  /** Added to every port of load balancers' listeners; absent: no balancer is started. */
  readonly loadBalancerPorts?: number;
  readonly dataPlane?: DataPlaneKind;
  /** How other machines reach this one. */
  readonly underlay?: UnderlayChoice;
  /** Programs in tasks reach the API whatever the networks of their tasks are. */
  readonly unroutedCalls?: boolean;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  onFailure(error: Error): void;
}

export interface AllInOne {
  readonly url: string;
  /** See RunningServer. */
  readonly caFile?: string;
  /** Resolves when every part answers; rejects when no engine was found. */
  readonly ready: Promise<void>;
  readonly tasks: RunningServer['tasks'];
  /** Stops control plane, balancer and agent; containers run on. */
  stop(): Promise<void>;
}

/**
 * Everything on this machine: the control plane in this process; the balancer and, as soon as there is an engine, the agent that is its
 * FARGATE capacity in processes of their own. Resolves when the control plane answers; rejects when it cannot start.
 */
export async function startAllInOne(given: AllInOneOptions): Promise<AllInOne> {
  const options = { ...given, engine: once(given.engine) };
  const agent: PartState = { ready: false };
  const balancer: PartState = { ready: false };
  const server = await startServer({
    ...options,
    parts: () => ({
      agent: agent.ready ? 'ok' : 'starting',
      ...(options.loadBalancerPorts === undefined ? {} : { balancer: balancer.ready ? 'ok' : 'starting' }),
    }),
  });
  const ready = Promise.all([startAgent(options, server, agent), startBalancer(options, server, balancer)]).then(
    () => undefined,
  );
  ready.catch(() => undefined); // whoever awaits it hears of it
  return {
    url: server.url,
    ...(server.caFile === undefined ? {} : { caFile: server.caFile }),
    ready,
    tasks: server.tasks,
    async stop() {
      agent.stopping = true;
      balancer.stopping = true;
      // The agent first: it hands over what it still has to report.
      await Promise.all([agent.process?.stop(), balancer.process?.stop()]);
      await server.stop();
    },
  };
}

/** Several parts want the engine; it is looked for once. */
function once<Value>(find: () => Promise<Value>): () => Promise<Value> {
  let found: Promise<Value> | undefined;
  return () => (found ??= find());
}

interface PartState {
  ready: boolean;
  stopping?: boolean;
  process?: SupervisedProcess;
}

async function startAgent(options: AllInOneOptions, server: RunningServer, agent: PartState): Promise<void> {
  const engine = await options.engine();
  await startPart(agent, {
    args: [
      ...['agent', '--fargate', ...commonArgs(options, server), '--engine', engine],
      ...(options.efsDirectory === undefined ? [] : ['--efs-directory', options.efsDirectory]),
      ...(options.ebsDirectory === undefined ? [] : ['--ebs-directory', options.ebsDirectory]),
      ...(options.unroutedCalls === true ? ['--unrouted-calls'] : []),
    ],
    ready: agentReady,
    log: options.log.with({ part: 'agent' }),
  });
}

async function startBalancer(options: AllInOneOptions, server: RunningServer, balancer: PartState): Promise<void> {
  if (options.loadBalancerPorts === undefined) return;
  await startPart(balancer, {
    args: [
      'balancer',
      ...commonArgs(options, server),
      ...['--load-balancer-ports', String(options.loadBalancerPorts), '--data-plane', options.dataPlane ?? 'node'],
    ],
    ready: balancerReady,
    log: options.log.with({ part: 'balancer' }),
  });
}

function commonArgs(options: AllInOneOptions, server: RunningServer): readonly string[] {
  const { endpoint, trust } = server.parts;
  const { address = addressOf(options.host), vxlan } = options.underlay ?? {};
  return [
    ...(address === undefined ? [] : ['--underlay-address', address]),
    ...(vxlan === undefined ? [] : ['--vxlan', vxlan]),
    ...['--endpoint', endpoint, '--data-dir', options.dataDirectory, '--log-level', options.logLevel],
    ...(trust === undefined ? [] : ['--ca-file', trust.caFile, '--tls-server-name', trust.serverName]),
  ];
}

/** An address that others call this machine by, when it listens at one alone. */
function addressOf(host: string): string | undefined {
  return isIP(host) === 4 && host !== '0.0.0.0' && !isLoopback(host) ? host : undefined;
}

/** Starts a part in a process of its own, which is started again when it ends; resolves when it is ready for the first time. */
async function startPart(
  part: PartState,
  options: { readonly args: readonly string[]; readonly ready: { readonly kind: string }; readonly log: Log },
): Promise<void> {
  if (part.stopping === true) return;
  await new Promise<void>((resolve) => {
    part.process = supervise({
      file: fileURLToPath(new URL('../cli/longshore.js', import.meta.url)),
      args: options.args,
      log: options.log,
      onMessage(message) {
        if (!isReady(message, options.ready)) return;
        part.ready = true;
        resolve();
      },
      onEnd() {
        part.ready = false;
      },
    });
  });
}
