import type { Clock, Ids, Log, ServerTrust } from '../kernel/index.ts';
import type { TaskNetwork } from '../network/index.ts';
import type { ContainerRuntime } from '../runtime/index.ts';
import type { TaskProxies } from './hooks/task-proxies.ts';
import type { PortRange } from './hooks/host-port-ranges.ts';
import type { PullBehavior } from './hooks/images.ts';
import type { ImageCleanupSettings } from './image-cleanup/decide-removals.ts';
import type { AwsCredentials } from './session/credentials.ts';
import type { ServerTime } from '../control-plane-client/index.ts';

/** What an operator can choose; every one has a default, and an ECS_… variable (see environment.ts). */
export interface AgentSettings {
  readonly pullBehavior: PullBehavior;
  /** How long the containers of a stopped task stay to be looked at. AWS: 3 hours; here a minute, because `longshore` machines are small. */
  readonly cleanupWaitMs: number;
  /** Added to it for each task, by chance between 0 and this. */
  readonly cleanupJitterMs: number;
  /** What the engine has to create, and to start, a container. */
  readonly createTimeoutMs: number;
  readonly startTimeoutMs: number;
  /** How long a pull may take, and how long it may stand still. */
  readonly pullTimeoutMs: number;
  readonly pullInactivityTimeoutMs: number;
  readonly imageCleanup: ImageCleanupSettings;
  /** A file in every container that says what it is. */
  readonly containerMetadata: boolean;
  /** Where host ports for `containerPortRange` come from; absent: the kernel's ephemeral ports. */
  readonly dynamicHostPorts?: PortRange;
  /** Between SIGTERM and SIGKILL, when a container's definition says nothing. */
  readonly stopTimeoutSeconds: number;
  /** Taken off the machine's memory before it is registered, MiB. */
  readonly reservedMemoryMiB: number;
  /** Host ports that no task may have. */
  readonly reservedTcpPorts: readonly number[];
  readonly reservedUdpPorts: readonly number[];
  /** No metrics and no health on TCS. */
  readonly disableMetrics: boolean;
  /** Limits of whole tasks by cgroup: tried when the machine allows it. */
  readonly taskLimits: boolean;
  /** Calls of programs to the API leave their tasks as on AWS: by routes, security groups, network ACLs and endpoints, or not at all. */
  readonly routedCalls: boolean;
}

export const defaultSettings: AgentSettings = {
  pullBehavior: 'default',
  cleanupWaitMs: 60_000,
  cleanupJitterMs: 0,
  createTimeoutMs: 4 * 60_000,
  startTimeoutMs: 3 * 60_000,
  pullTimeoutMs: 2 * 60 * 60_000,
  pullInactivityTimeoutMs: 60_000,
  imageCleanup: {
    disabled: false,
    intervalMs: 30 * 60_000,
    minimumAgeMs: 60 * 60_000,
    perCycle: 5,
    untracked: false,
    untrackedMinimumAgeMs: 60 * 60_000,
    exclude: [],
  },
  containerMetadata: false,
  stopTimeoutSeconds: 30,
  reservedMemoryMiB: 0,
  reservedTcpPorts: [22, 2375, 2376, 51678],
  reservedUdpPorts: [],
  disableMetrics: false,
  taskLimits: true,
  routedCalls: true,
};

/** Where tasks find metadata, credentials and the API. */
export interface MetadataOptions {
  /** `169.254.170.2` in production, on the host's loopback device. */
  readonly address: string;
  /** 80 in production. */
  readonly port: number;
  /** Directory that all agents of this machine share; each puts a socket there. */
  readonly runDir: string;
  /** Port of `address` where requests are passed on to the control plane's endpoint; absent: not forwarded. */
  readonly apiPort?: number;
}

export interface AgentOptions {
  /** Of the control plane, such as `http://127.0.0.1:4566`. */
  readonly endpoint: string;
  /** How an `https` endpoint is verified; absent: as usual. */
  readonly trust?: ServerTrust | undefined;
  readonly region: string;
  readonly cluster: string;
  /** The cluster was not chosen by the user: make it when it is missing. */
  readonly createMissingCluster?: boolean;
  readonly credentials: () => AwsCredentials;
  /** The control plane's clock, shared with whoever else of this process signs; absent: the agent's own. */
  readonly serverTime?: ServerTime;
  /** Tells this machine from others: a data directory that was copied from another machine is a new container instance's. Absent: not known. */
  readonly machineId?: string | undefined;
  /** Made when it is missing; belongs to this agent alone. */
  readonly dataDir: string;
  /** Where the data of EFS's file systems lives, as the engine sees it; absent: nowhere, so no task gets one. */
  readonly efsDirectory?: string;
  /** Where the data of EBS volumes lives; absent: nowhere, so no task gets one. */
  readonly ebsDirectory?: string;
  readonly runtime: ContainerRuntime;
  readonly network: TaskNetwork;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** `EXTERNAL` adds `ecs.capability.external`; names AWS_EXECUTION_ENV when a task does not. */
  readonly launchKind: 'EC2' | 'FARGATE' | 'EXTERNAL';
  /** How other machines reach this one; absent: they do not reach its tasks. */
  readonly underlay?: { readonly address: string; readonly vxlan: string } | undefined;
  /** The operator's own attributes. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
  /** Instead of what the engine says of the machine. */
  readonly resources?: { readonly cpuUnits?: number; readonly memoryMiB?: number };
  /** Ready pause containers; 0 makes each when it is needed. Default 4 where awsvpc works. */
  readonly pausePoolSize?: number;
  /** Name servers of awsvpc tasks that the control plane gives none. */
  readonly dnsServers?: readonly string[];
  readonly metadata?: MetadataOptions;
  /** Where the agent tells the machine about itself and its tasks; absent: nowhere. At AWS port 51678. */
  readonly introspection?: { readonly address: string; readonly port: number };
  /** The proxies of tasks with Service Connect, or why there can be none here, in a sentence. */
  readonly proxies?: TaskProxies | { readonly missing: string };
  readonly settings?: Partial<AgentSettings>;
  /** Where cgroups are mounted; `/sys/fs/cgroup`. */
  readonly cgroupRoot?: string;
}

export interface Agent {
  /** Resolves when the agent is registered and connected; rejects when it never will be. */
  readonly ready: Promise<void>;
  /** Known once registered. */
  readonly containerInstanceArn: string | undefined;
  /** Resolves when the control plane says that the instance was deregistered: only another start makes it an instance again. */
  readonly deregistered: Promise<void>;
  /** Ends the agent and leaves all containers running. */
  stop(): Promise<void>;
}
