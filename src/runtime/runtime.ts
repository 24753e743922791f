import { LongshoreError, Unavailable } from '../kernel/index.ts';

/** What an engine says of itself. */
export interface EngineInfo {
  readonly kind: 'docker' | 'podman';
  /** Such as `20.10.24+dfsg1`. */
  readonly version: string;
  /** The API version spoken, after negotiation, such as `1.41`. */
  readonly apiVersion: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** `amd64`, `arm64` … in Docker's words. */
  readonly architecture: string;
  readonly cgroupDriver: 'cgroupfs' | 'systemd' | 'none';
  readonly cgroupVersion: 1 | 2;
  readonly logDrivers: readonly string[];
  readonly volumeDrivers: readonly string[];
  /** Where the engine keeps its data; tells two engines of one machine apart. */
  readonly dataRoot: string;
}

export interface ImageInfo {
  /** `sha256:…` */
  readonly id: string;
  /** `name@sha256:…` of the registries it came from. */
  readonly repoDigests: readonly string[];
  readonly repoTags: readonly string[];
  readonly sizeBytes: number;
  readonly volumes: readonly string[];
  readonly exposedPorts: readonly string[];
  /** `NAME=value` */
  readonly environment: readonly string[];
}

/** What a registry wants to see: user and password, or an identity token. */
export interface RegistryAuth {
  readonly username: string;
  readonly password: string;
  readonly serverAddress: string;
}

/** A container as the Docker Engine API creates it: Config, HostConfig and NetworkingConfig in Docker's own spelling. */
export interface ContainerSpec {
  readonly name: string;
  readonly config: DockerConfig;
}

/** The JSON body of Docker's `POST /containers/create`; fields are Docker's. */
export interface DockerConfig {
  readonly Image: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly HostConfig?: Readonly<Record<string, unknown>>;
  readonly NetworkingConfig?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

export interface PortBinding {
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp';
  readonly hostIp: string;
  readonly hostPort: number;
}

/** A container's place in one of the engine's networks. */
export interface NetworkEndpoint {
  readonly network: string;
  readonly address: string;
  readonly macAddress: string;
}

/** A bridge network of the engine's, with a prefix of its own. */
export interface EngineNetworkSpec {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Such as `172.31.16.0/20`. */
  readonly subnet: string;
  readonly gateway: string;
  /** The machine's name for the bridge, at most 15 characters. */
  readonly device: string;
  /** Internal: the engine gives it no way out. */
  readonly internal: boolean;
}

export interface EngineNetwork {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ContainerMount {
  readonly name?: string;
  readonly source: string;
  readonly destination: string;
}

/** A container as inspected. */
export interface ContainerInfo {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly status: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
  /** Host process id of PID 1; 0 when not running. */
  readonly pid: number;
  readonly exitCode?: number;
  readonly oomKilled: boolean;
  /** The engine's word on why it could not run. */
  readonly error: string;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly health?: {
    readonly status: 'starting' | 'healthy' | 'unhealthy';
    readonly output: string;
    readonly sinceMs?: number;
    readonly exitCode?: number;
  };
  readonly networkMode: string;
  /** Addresses on the engine's own networks. */
  readonly addresses: readonly string[];
  /** The networks of the engine it is connected to. */
  readonly networks: readonly NetworkEndpoint[];
  readonly ports: readonly PortBinding[];
  readonly mounts: readonly ContainerMount[];
  readonly logDriver: string;
}

export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly status: ContainerInfo['status'];
  /** `sha256:…` */
  readonly imageId: string;
}

/** An image of the list: all that can be removed has a reference. */
export interface ImageSummary {
  /** `sha256:…` */
  readonly id: string;
  /** Tags and `name@sha256:…` digests; on Podman with the registry's name in front (`docker.io/library/…`), and without it as well. */
  readonly references: readonly string[];
  /** When it was built. */
  readonly createdAtMs: number;
}

export type EngineEvent =
  | {
      readonly type: 'create' | 'start' | 'die' | 'oom' | 'destroy' | 'health';
      readonly id: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly timeMs: number;
      readonly exitCode?: number;
      readonly health?: 'starting' | 'healthy' | 'unhealthy';
    }
  /** The stream is there, for the first time or again: what happened before was not seen, so list and inspect. */
  | { readonly type: 'resync' }
  /** The stream broke: the engine may be gone, and with it every other stream. A `resync` follows when it is back. */
  | { readonly type: 'interrupted' };

export interface LogChunk {
  readonly stream: 'stdout' | 'stderr';
  /** Raw bytes, in order within a stream; lines may be split over chunks. */
  readonly bytes: Uint8Array;
  /** Set when read back from the engine's log; absent when attached. */
  readonly timeMs?: number;
}

export interface LogStream {
  readonly chunks: AsyncIterable<LogChunk>;
  close(): void;
}

/** A sample of one container's use, cumulative counters. */
export interface ContainerStats {
  readonly timeMs: number;
  readonly cpuTotalNs: number;
  readonly memoryBytes: number;
  readonly network?: {
    readonly rxBytes: number;
    readonly rxPackets: number;
    readonly rxErrors: number;
    readonly rxDropped: number;
    readonly txBytes: number;
    readonly txPackets: number;
    readonly txErrors: number;
    readonly txDropped: number;
  };
  readonly storage?: { readonly readBytes: number; readonly writeBytes: number };
  /** Docker's own stats object, for the metadata endpoint. */
  readonly raw: unknown;
}

export interface VolumeSpec {
  readonly name: string;
  readonly driver?: string;
  readonly driverOptions?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly output: string;
}

/** The engine refused: its own HTTP status and message, which ECS shows to the user. */
export class EngineRefused extends LongshoreError {
  override readonly name = 'EngineRefused';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
/** The engine does not answer (down, restarting); outcome of a change unknown. */
export class EngineUnavailable extends Unavailable {}
/** A call took longer than its bound; outcome unknown. */
export class EngineTimeout extends Unavailable {}

/**
 * A container engine. Every call has a bound in time; container arguments take an id or a name.
 * @throws EngineRefused, EngineUnavailable, EngineTimeout from every call
 */
export interface ContainerRuntime {
  info(): Promise<EngineInfo>;
  inspectImage(reference: string): Promise<ImageInfo | undefined>;
  /** Pulls; progress is called with a line now and then. `inactivityTimeoutMs` ends a pull that stopped moving. */
  pullImage(
    reference: string,
    options: {
      readonly auth?: RegistryAuth;
      readonly timeoutMs: number;
      readonly inactivityTimeoutMs: number;
      readonly onProgress?: (line: string) => void;
    },
  ): Promise<void>;
  /** The digest the registry has for a reference now. */
  resolveDigest(reference: string, auth?: RegistryAuth): Promise<string>;
  /** Gives an image one more name. */
  tagImage(reference: string, name: string): Promise<void>;
  /** Loads a `docker save` archive. */
  loadImage(tar: Uint8Array): Promise<void>;
  /** Takes a reference off; the image goes with its last one. Refused while a container uses it; no error when it is gone already. */
  removeImage(reference: string): Promise<void>;
  /** All images that have a reference. */
  listImages(): Promise<readonly ImageSummary[]>;
  /** @returns the new container's id */
  create(spec: ContainerSpec): Promise<string>;
  start(container: string): Promise<void>;
  /** SIGTERM (or the image's stop signal), then SIGKILL after `timeoutSeconds`; resolves when it has ended. */
  stop(container: string, timeoutSeconds: number): Promise<void>;
  kill(container: string, signal: string): Promise<void>;
  /** Removes it with its anonymous volumes, running or not; no error when it is gone already. */
  remove(container: string): Promise<void>;
  inspect(container: string): Promise<ContainerInfo | undefined>;
  /** All containers, running or not, that have all these labels. */
  list(labels: Readonly<Record<string, string>>): Promise<readonly ContainerSummary[]>;
  /** Everything the container writes from now on; attach before start to lose nothing. A reader that stalls blocks the container. */
  attach(container: string): Promise<LogStream>;
  /** What the engine's own log kept since a time, then what follows while it runs. */
  logs(container: string, sinceMs: number): Promise<LogStream>;
  /** Runs a command inside a running container; output is cut at 4 KiB. */
  exec(container: string, command: readonly string[], options: { readonly timeoutMs: number }): Promise<ExecResult>;
  stats(container: string): Promise<ContainerStats | undefined>;
  /** Events of containers with these labels, until closed; says `resync` when it has connected, at first and after each interruption, and `interrupted` then. */
  events(labels: Readonly<Record<string, string>>, onEvent: (event: EngineEvent) => void): { close(): void };
  createVolume(spec: VolumeSpec): Promise<void>;
  inspectVolume(
    name: string,
  ): Promise<{ readonly name: string; readonly driver: string; readonly mountpoint: string } | undefined>;
  /** No error when it is gone already. */
  removeVolume(name: string): Promise<void>;
  /** No error when there is one of that name already. */
  createNetwork(spec: EngineNetworkSpec): Promise<void>;
  /** All networks that have all these labels. */
  listNetworks(labels: Readonly<Record<string, string>>): Promise<readonly EngineNetwork[]>;
  /** Takes a container out of a network, and frees its address; no error when it is not in it, or one of them is gone. */
  disconnect(network: string, container: string): Promise<void>;
  /** @returns false when containers are in it; no error when it is gone already */
  removeNetwork(name: string): Promise<boolean>;
  close(): void;
}
