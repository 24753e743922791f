import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { identityFrom, settingsFrom, startAgent, type Agent, type AwsCredentials } from '../agent/index.ts';
import type { Clock, Ids, Log } from '../kernel/index.ts';
import { openLinuxNetwork } from '../network/linux/index.ts';
import { privateDirectory } from '../platform/index.ts';
import { DockerRuntime } from '../runtime/docker/index.ts';
import { networkOwner, places } from './data-directory.ts';

export interface AgentProcessOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly cluster: string;
  readonly launchKind: 'EC2' | 'FARGATE' | 'EXTERNAL';
  /** Tells several agents of one machine apart; also names its folder. */
  readonly name: string;
  readonly dataDirectory: string;
  readonly engine: string;
  readonly credentials: AwsCredentials;
  /** CPU units and MiB to offer instead of the machine's. */
  readonly cpuUnits?: number;
  readonly memoryMiB?: number;
  readonly attributes: Readonly<Record<string, string>>;
  /** Port of this machine's loopback where the agent answers introspection; absent: nowhere. */
  readonly introspectionPort?: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** Where tasks find metadata and credentials, on every ECS machine. */
const metadataAddress = '169.254.170.2';
const metadataPort = 80;
/** Whoever is on the machine may ask the agent about itself; nobody else. */
const introspectionAddress = '127.0.0.1';

/** An agent on this machine's engine and network. */
export async function startAgentProcess(options: AgentProcessOptions): Promise<Agent> {
  const { log, clock, ids, endpoint } = options;
  const network = await openLinuxNetwork({
    owner: networkOwner(options.dataDirectory, options.name),
    log: log.with({ part: 'network' }),
  });
  const identity = identityFrom(options.environment);
  const settings = settingsFrom(options.environment, (text) => log.warn(text));
  return startAgent({
    endpoint,
    region: options.region,
    cluster: options.cluster,
    credentials: () => options.credentials,
    dataDir: privateDirectory(places.agent(options.dataDirectory, options.name)),
    runtime: new DockerRuntime({
      address: options.engine,
      log: log.with({ part: 'engine' }),
      timeouts: {
        ...(settings.createTimeoutMs === undefined ? {} : { createMs: settings.createTimeoutMs }),
        ...(settings.startTimeoutMs === undefined ? {} : { startMs: settings.startTimeoutMs }),
      },
    }),
    network,
    clock,
    ids,
    log,
    launchKind: options.launchKind,
    ...(options.launchKind === 'FARGATE' ? { pausePoolSize: poolPauses } : {}),
    ...identity,
    attributes: { ...identity.attributes, ...options.attributes },
    resources: {
      ...(options.cpuUnits === undefined ? {} : { cpuUnits: options.cpuUnits }),
      ...(options.memoryMiB === undefined ? {} : { memoryMiB: options.memoryMiB }),
    },
    metadata: {
      address: metadataAddress,
      port: metadataPort,
      runDir: runDirectory(options),
      apiPort: Number(new URL(endpoint).port || 80),
    },
    ...(options.introspectionPort === undefined
      ? {}
      : { introspection: { address: introspectionAddress, port: options.introspectionPort } }),
    settings,
  });
}

/** Agents of one machine meet here, whatever their data directories. */
function runDirectory({ environment }: AgentProcessOptions): string {
  const base = process.getuid?.() === 0 ? '/run' : (environment['XDG_RUNTIME_DIR'] ?? '/tmp');
  return privateDirectory(join(base, 'longshore', 'metadata'));
}

/** Ready pauses of a FARGATE agent: all its tasks need one, and they tend to come in tens. About 5 MiB each. */
const poolPauses = 8;

const cpuUnitsPerCore = 1024;
/** A pool on one machine takes the sizes AWS has, whatever the machine: limits are enforced, but not all of it is there at once. */
const poolCores = 64;
const poolMemoryFactor = 4;
const mebibyte = 1024 * 1024;

/** What the hidden FARGATE pool offers of this machine: more than it has, because FARGATE's sizes are limits, not use. */
export function poolResources(): { readonly cpuUnits: number; readonly memoryMiB: number } {
  return {
    cpuUnits: Math.max(poolCores, cpus().length) * cpuUnitsPerCore,
    memoryMiB: Math.floor((totalmem() * poolMemoryFactor) / mebibyte),
  };
}
