import type { Log } from '../../kernel/index.ts';
import type {
  ContainerInfo,
  ContainerRuntime,
  ContainerSpec,
  ContainerStats,
  ContainerSummary,
  EngineEvent,
  EngineInfo,
  EngineNetwork,
  EngineNetworkSpec,
  ExecResult,
  ImageInfo,
  ImageSummary,
  LogStream,
  RegistryAuth,
  VolumeSpec,
} from '../index.ts';
import { parseEngineAddress } from './address.ts';
import { EngineConnection } from './connection.ts';
import * as containers from './containers.ts';
import { EngineApi } from './engine-api.ts';
import { EventWatch } from './events.ts';
import { exec } from './exec.ts';
import * as images from './images.ts';
import { engineInfo } from './engine-info.ts';
import { callTimeoutMs } from './limits.ts';
import { stats } from './stats.ts';
import { attach, logs } from './streams.ts';
import * as networks from './networks.ts';
import * as volumes from './volumes.ts';

/** A container engine that speaks the Docker Engine API: Docker 20.10 and newer, Podman's Docker-compatible socket. */
export class DockerRuntime implements ContainerRuntime {
  readonly #connection: EngineConnection;
  readonly #api: EngineApi;
  readonly #log: Log;
  readonly #timeouts: { readonly createMs: number; readonly startMs: number };

  /**
   * Connects at the first call.
   * @param options.address `unix:///var/run/docker.sock` or `http://host:port`
   * @param options.timeouts of create and start; by default Amazon's, 4 and 3 minutes
   * @throws InvalidArgument for another kind of address
   */
  constructor(options: {
    readonly address: string;
    readonly log: Log;
    readonly timeouts?: { readonly createMs?: number; readonly startMs?: number };
  }) {
    this.#connection = new EngineConnection(parseEngineAddress(options.address));
    this.#api = new EngineApi(this.#connection);
    this.#log = options.log;
    this.#timeouts = { createMs: callTimeoutMs.create, startMs: callTimeoutMs.start, ...options.timeouts };
  }

  info(): Promise<EngineInfo> {
    return engineInfo(this.#api);
  }
  inspectImage(reference: string): Promise<ImageInfo | undefined> {
    return images.inspectImage(this.#api, reference);
  }
  pullImage(reference: string, options: Parameters<ContainerRuntime['pullImage']>[1]): Promise<void> {
    return images.pullImage(this.#api, reference, options);
  }
  resolveDigest(reference: string, auth?: RegistryAuth): Promise<string> {
    return images.resolveDigest(this.#api, reference, auth);
  }
  loadImage(tar: Uint8Array): Promise<void> {
    return images.loadImage(this.#api, tar);
  }
  tagImage(reference: string, name: string): Promise<void> {
    return images.tagImage(this.#api, reference, name);
  }
  removeImage(reference: string): Promise<void> {
    return images.removeImage(this.#api, reference);
  }
  listImages(): Promise<readonly ImageSummary[]> {
    return images.listImages(this.#api);
  }
  create(spec: ContainerSpec): Promise<string> {
    return containers.create(this.#api, spec, { log: this.#log, timeoutMs: this.#timeouts.createMs });
  }
  start(container: string): Promise<void> {
    return containers.start(this.#api, container, this.#timeouts.startMs);
  }
  stop(container: string, timeoutSeconds: number): Promise<void> {
    return containers.stop(this.#api, container, timeoutSeconds);
  }
  kill(container: string, signal: string): Promise<void> {
    return containers.kill(this.#api, container, signal);
  }
  remove(container: string): Promise<void> {
    return containers.remove(this.#api, container);
  }
  inspect(container: string): Promise<ContainerInfo | undefined> {
    return containers.inspect(this.#api, container);
  }
  list(labels: Readonly<Record<string, string>>): Promise<readonly ContainerSummary[]> {
    return containers.list(this.#api, labels);
  }
  attach(container: string): Promise<LogStream> {
    return attach(this.#api, container);
  }
  logs(container: string, sinceMs: number): Promise<LogStream> {
    return logs(this.#api, container, sinceMs);
  }
  exec(container: string, command: readonly string[], options: { readonly timeoutMs: number }): Promise<ExecResult> {
    return exec(this.#api, container, { command, timeoutMs: options.timeoutMs, log: this.#log });
  }
  stats(container: string): Promise<ContainerStats | undefined> {
    return stats(this.#api, container);
  }
  events(labels: Readonly<Record<string, string>>, onEvent: (event: EngineEvent) => void): { close(): void } {
    return new EventWatch(this.#api, { log: this.#log, labels, onEvent });
  }
  createVolume(spec: VolumeSpec): Promise<void> {
    return volumes.createVolume(this.#api, spec);
  }
  inspectVolume(name: string): ReturnType<ContainerRuntime['inspectVolume']> {
    return volumes.inspectVolume(this.#api, name);
  }
  removeVolume(name: string): Promise<void> {
    return volumes.removeVolume(this.#api, name);
  }
  createNetwork(spec: EngineNetworkSpec): Promise<void> {
    return networks.createNetwork(this.#api, spec);
  }
  listNetworks(labels: Readonly<Record<string, string>>): Promise<readonly EngineNetwork[]> {
    return networks.listNetworks(this.#api, labels);
  }
  disconnect(network: string, container: string): Promise<void> {
    return networks.disconnect(this.#api, network, container);
  }
  removeNetwork(name: string): Promise<boolean> {
    return networks.removeNetwork(this.#api, name);
  }
  close(): void {
    this.#connection.close();
  }
}
