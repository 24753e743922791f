import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import {
  defaultSettings,
  identityFrom,
  settingsFrom,
  startAgent,
  type Agent,
  type AgentSettings,
  type AwsCredentials,
} from '../agent/index.ts';
import { ServerTime } from '../control-plane-client/index.ts';
import type { Clock, Ids, Log, ServerTrust } from '../kernel/index.ts';
import { privateDirectory } from '../platform/index.ts';
import { DockerRuntime } from '../runtime/docker/index.ts';
import type { ContainerRuntime } from '../runtime/index.ts';
import { networkOwner, places } from './data-directory.ts';
import { machineId } from './machine-id.ts';
import { openManagedNode } from './managed-node.ts';
import { writeProcessFile } from './process-file.ts';
import { startTaskProxies } from './task-proxies.ts';
import { apiPortFor, openTaskNetwork, policed, taskPorts, type OpenedTaskNetwork } from './task-network.ts';
import type { UnderlayChoice } from './underlay.ts';

/** What an agent does unless its command line says otherwise: the variables', else the defaults. @throws Error that names the variable */
export function readAgentSettings(environment: AgentProcessOptions['environment']): AgentSettings {
  return { ...defaultSettings, ...settingsFrom(environment) };
}

export interface AgentProcessOptions {
  readonly endpoint: string;
  /** How an `https` endpoint is verified; absent: as usual. */
  readonly trust?: ServerTrust | undefined;
  readonly region: string;
  readonly cluster: string;
  readonly launchKind: 'EC2' | 'FARGATE' | 'EXTERNAL';
  /** Tells several agents of one machine apart; also names its folder. */
  readonly name: string;
  readonly dataDirectory: string;
  readonly engine: string;
  readonly credentials: AwsCredentials;
  /** Registers this machine as a managed node, whose role's credentials then take the place of `credentials`. */
  readonly activation?: { readonly id: string; readonly code: string } | undefined;
  /** What was said on the command line, before what variables say. */
  readonly settings?: Partial<AgentSettings>;
  /** CPU units and MiB to offer instead of the machine's. */
  readonly cpuUnits?: number;
  readonly memoryMiB?: number;
  readonly attributes: Readonly<Record<string, string>>;
  /** Where the data of EFS's file systems lives, the same on all machines; by default in the data directory. */
  readonly efsDirectory?: string | undefined;
  /** Where the data of EBS volumes lives; by default in the data directory. */
  readonly ebsDirectory?: string | undefined;
  /** How other machines reach this one. */
  readonly underlay?: UnderlayChoice | undefined;
  /** Port of this machine's loopback where the agent answers introspection; absent: nowhere. */
  readonly introspectionPort?: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** Where tasks find metadata and credentials, on every ECS machine (there at port 80). */
const metadataAddress = '169.254.170.2';
/** Why tasks with Service Connect are refused without the routed network. */
const noProxies =
  'its proxies run in the networks of tasks, which the agent can enter only as root, where it wires interfaces itself (see longshore doctor).';
/** Whoever is on the machine may ask the agent about itself; nobody else. */
const introspectionAddress = '127.0.0.1';

/** An agent on this machine's engine and network. */
export async function startAgentProcess(options: AgentProcessOptions): Promise<Agent> {
  const { log, clock, ids, endpoint } = options;
  const settings = { ...settingsFrom(options.environment, (text) => log.warn(text)), ...options.settings };
  const runtime = openEngine(options, settings);
  const directory = privateDirectory(places.agent(options.dataDirectory, options.name));
  const node = await openManagedNode(options, directory);
  const launchKind = node === undefined ? options.launchKind : 'EXTERNAL';
  const signing = {
    region: node?.region ?? options.region,
    credentials: () => node?.credentials() ?? options.credentials,
    serverTime: new ServerTime(clock, log),
  };
  const { kind, underlay, ...policies } = await openPolicedNetwork(options, signing, runtime);
  const proxies = kind === 'routed' ? openProxies(options, signing) : undefined;
  const ports = await taskPorts(apiPortFor(new URL(endpoint)));
  if (kind !== 'none' && ports.limitation !== undefined) log.warn(ports.limitation);
  const identity = identityFrom(options.environment);
  const agent = await startAgent({
    endpoint,
    trust: options.trust,
    ...signing,
    cluster: options.cluster,
    machineId: machineId(),
    dataDir: directory,
    efsDirectory: options.efsDirectory ?? places.efs(options.dataDirectory),
    ebsDirectory: options.ebsDirectory ?? places.ebs(options.dataDirectory),
    runtime,
    network: policies.network,
    underlay,
    clock,
    ids,
    log,
    launchKind,
    ...(launchKind === 'FARGATE' ? { pausePoolSize: poolPauses(totalmem()) } : {}),
    ...identity,
    attributes: { ...identity.attributes, ...options.attributes },
    resources: {
      ...(options.cpuUnits === undefined ? {} : { cpuUnits: options.cpuUnits }),
      ...(options.memoryMiB === undefined ? {} : { memoryMiB: options.memoryMiB }),
    },
    metadata: {
      address: metadataAddress,
      port: ports.metadata,
      runDir: runDirectory(options),
      apiPort: ports.api,
    },
    ...(options.introspectionPort === undefined
      ? {}
      : { introspection: { address: introspectionAddress, port: options.introspectionPort } }),
    proxies: proxies?.proxies ?? { missing: noProxies },
    settings,
  });
  const removeProcessFile = writeProcessFile(directory, endpoint);
  return {
    ready: agent.ready,
    deregistered: agent.deregistered,
    get containerInstanceArn() {
      return agent.containerInstanceArn;
    },
    async stop() {
      await agent.stop();
      await policies.close();
      node?.stop();
      proxies?.close();
      removeProcessFile();
    },
  };
}

function openEngine({ engine, log }: AgentProcessOptions, settings: Partial<AgentSettings>): ContainerRuntime {
  const { createTimeoutMs, startTimeoutMs } = settings;
  return new DockerRuntime({
    address: engine,
    log: log.with({ part: 'engine' }),
    timeouts: {
      ...(createTimeoutMs === undefined ? {} : { createMs: createTimeoutMs }),
      ...(startTimeoutMs === undefined ? {} : { startMs: startTimeoutMs }),
    },
  });
}

interface Signing {
  readonly region: string;
  readonly credentials: () => AwsCredentials;
  readonly serverTime: ServerTime;
}

function openProxies(options: AgentProcessOptions, signing: Signing) {
  const log = options.log.with({ part: 'service connect' });
  return startTaskProxies(networkOwner(options.dataDirectory, options.name), { ...options, ...signing, log });
}

/** The task network, with what the control plane says of its interfaces. */
async function openPolicedNetwork(
  { endpoint, trust, dataDirectory, name, clock, ids, log, ...options }: AgentProcessOptions,
  { serverTime, ...signing }: Signing,
  runtime: ContainerRuntime,
): Promise<ReturnType<typeof policed> & Pick<OpenedTaskNetwork, 'kind' | 'underlay'>> {
  const owner = networkOwner(dataDirectory, name);
  const { network, kind, underlay, close } = await openTaskNetwork({
    owner,
    runtime,
    machines: { ...options.underlay, controlPlane: new URL(endpoint).hostname },
    log: log.with({ part: 'network' }),
  });
  const controlPlane = { endpoint, trust, ...signing, serverTime, clock, ids };
  const made = policed(network, { ...controlPlane, log: log.with({ part: 'security groups' }) });
  return {
    kind,
    underlay,
    network: made.network,
    async close() {
      await made.close();
      close?.();
    },
  };
}

/** Agents of one machine meet here, whatever their data directories. */
function runDirectory({ environment }: AgentProcessOptions): string {
  const user = process.getuid?.() ?? 0;
  const own = environment['XDG_RUNTIME_DIR'];
  const base = user === 0 ? '/run/longshore' : own === undefined ? `/tmp/longshore-${user}` : join(own, 'longshore');
  return privateDirectory(join(base, 'metadata'));
}

const pauseBytes = 5 * 1_048_576;

/** Ready pauses of a FARGATE agent: all its tasks need one, and they tend to come in tens. A hundredth of the machine's memory, within bounds. */
function poolPauses(memoryBytes: number): number {
  return Math.min(24, Math.max(8, Math.floor(memoryBytes / 100 / pauseBytes)));
}

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
