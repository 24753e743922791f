import { toText } from '../../kernel/index.ts';
import type { Clock } from '../../kernel/index.ts';
import { EngineRefused, EngineUnavailable } from '../runtime.ts';
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
  VolumeSpec,
} from '../runtime.ts';
import { FakeContainer } from './fake-container.ts';
import { FakeNetworks, endpointsIn } from './fake-networks.ts';
import { bindPorts } from './ports.ts';
import type { FakeProgram } from './program.ts';

interface Watcher {
  readonly labels: Readonly<Record<string, string>>;
  readonly onEvent: (event: EngineEvent) => void;
}

/**
 * A container engine in memory, driven by a clock: `addImage` says what the containers of an image do, `exit`, `setHealth`, `write`
 * interfere, `goDown` and `comeBack` play a restart of the engine. Same calls, same history.
 */
export class FakeRuntime implements ContainerRuntime {
  readonly #clock: Clock;
  readonly #info: EngineInfo;
  readonly #programs = new Map<string, FakeProgram>();
  readonly #pulled = new Set<string>();
  readonly #containers = new Map<string, FakeContainer>();
  readonly #volumes = new Map<string, VolumeSpec>();
  readonly #networks = new FakeNetworks();
  readonly #watchers = new Set<Watcher>();
  #count = 0;
  #down = false;

  constructor(options: { readonly clock: Clock; readonly info?: Partial<EngineInfo> }) {
    this.#clock = options.clock;
    this.#info = { ...fakeInfo, ...options.info };
  }

  /** Makes an image known: to the engine itself, or (`remote`) to the registry it pulls from. */
  addImage(reference: string, program: FakeProgram = {}, options: { readonly remote?: boolean } = {}): void {
    this.#programs.set(reference, program);
    if (options.remote !== true) this.#pulled.add(reference);
  }
  /** As if the container's PID 1 ended now. */
  exit(container: string, exitCode: number, options: { readonly oomKilled?: boolean } = {}): void {
    this.#get(container).end(exitCode, options.oomKilled);
  }
  setHealth(container: string, status: 'healthy' | 'unhealthy', output?: string): void {
    this.#get(container).setHealth(status, output);
  }
  write(container: string, stream: 'stdout' | 'stderr', text: string): void {
    this.#get(container).write(stream, text);
  }
  /** The engine stops answering; its containers run on, as with live-restore. */
  goDown(): void {
    this.#down = true;
    for (const watcher of this.#watchers) this.#tell(watcher, { type: 'interrupted' });
    for (const container of this.#containers.values()) container.log.end();
  }
  comeBack(): void {
    this.#down = false;
    for (const watcher of this.#watchers) this.#tell(watcher, { type: 'resync' });
  }

  async info(): Promise<EngineInfo> {
    await this.#answer();
    return this.#info;
  }

  async inspectImage(reference: string): Promise<ImageInfo | undefined> {
    await this.#answer();
    if (!this.#pulled.has(reference)) return undefined;
    const digest = digestOf(reference);
    const base = { id: digest, sizeBytes: 1_000_000, volumes: [], exposedPorts: [], environment: [] };
    return { ...base, repoTags: [reference], repoDigests: [`${reference.split(':')[0]}@${digest}`] };
  }

  async pullImage(reference: string, options: Parameters<ContainerRuntime['pullImage']>[1]): Promise<void> {
    const program = this.#programs.get(reference);
    await this.#answer(program?.pullMs);
    if (program === undefined) {
      const name = reference.split(':')[0] ?? reference;
      const text = `pull access denied for ${name}, repository does not exist or may require 'docker login'`;
      throw new EngineRefused(404, text);
    }
    if (program.failPull !== undefined) throw new EngineRefused(500, program.failPull);
    options.onProgress?.(`Pulling from ${reference}`);
    this.#pulled.add(reference);
  }

  async resolveDigest(reference: string): Promise<string> {
    await this.#answer();
    if (!this.#programs.has(reference)) throw new EngineRefused(404, `manifest for ${reference} not found`);
    return digestOf(reference);
  }

  /** Knows the references of the archive's manifest from then on; what their containers do, `addImage` says. */
  async loadImage(tar: Uint8Array): Promise<void> {
    await this.#answer();
    const [, tags] = /"RepoTags":\[([^\]]*)\]/.exec(toText(tar)) ?? [];
    if (tags === undefined) throw new EngineRefused(500, 'open manifest.json: no such file or directory');
    for (const reference of JSON.parse(`[${tags}]`) as readonly string[]) {
      this.addImage(reference, this.#programs.get(reference));
    }
  }

  async tagImage(reference: string, name: string): Promise<void> {
    await this.#answer();
    if (!this.#pulled.has(reference)) throw new EngineRefused(404, `No such image: ${reference}`);
    this.addImage(name, this.#programs.get(reference));
  }

  async removeImage(reference: string): Promise<void> {
    await this.#answer();
    const imageId = digestOf(reference);
    if ([...this.#containers.values()].some((container) => container.summary().imageId === imageId))
      throw new EngineRefused(409, `conflict: unable to remove repository reference "${reference}" (must force)`);
    this.#pulled.delete(reference);
  }

  /** Every image was built when the clock was at 0. */
  async listImages(): Promise<readonly ImageSummary[]> {
    await this.#answer();
    return [...this.#pulled].map((reference) => ({
      id: digestOf(reference),
      references: [reference],
      createdAtMs: 0,
    }));
  }

  async create(spec: ContainerSpec): Promise<string> {
    const image = spec.config.Image;
    const program = this.#pulled.has(image) ? this.#programs.get(image) : undefined;
    await this.#answer(program?.createMs);
    if (program === undefined) throw new EngineRefused(404, `No such image: ${image}`);
    if (program.failCreate !== undefined) throw new EngineRefused(400, program.failCreate);
    const other = this.#find(spec.name);
    if (other !== undefined) {
      const text = `Conflict. The container name "/${spec.name}" is already in use by container "${other.id}"`;
      throw new EngineRefused(
        409,
        `${text}. You have to remove (or rename) that container to be able to reuse that name.`,
      );
    }
    this.#count += 1;
    const id = hex64(this.#count);
    const emit = (event: EngineEvent): void => {
      if (event.type === 'die') this.#networks.leave(id);
      this.#emit(event);
    };
    const imageId = digestOf(image);
    const container = new FakeContainer({ id, imageId, spec, program, clock: this.#clock, emit });
    this.#containers.set(id, container);
    container.emit('create');
    return id;
  }

  async start(name: string): Promise<void> {
    const container = this.#get(name);
    const { program } = container;
    await this.#answer(program.startMs);
    if (container.running) return;
    const refusal = program.failStart ?? this.#joinRefusal(container.networkMode);
    const ports = bindPorts(container.spec, this.#portsInUse());
    const portsRefusal = typeof ports === 'string' ? ports : undefined;
    const error = refusal ?? portsRefusal ?? this.#networks.join(container.id, endpointsIn(container.spec.config));
    if (error !== undefined || typeof ports === 'string') {
      container.failStart(error ?? '');
      throw new EngineRefused(500, error ?? '');
    }
    this.#count += 1;
    container.start(1_000 + this.#count, ports);
  }

  async stop(name: string, timeoutSeconds: number): Promise<void> {
    await this.#answer();
    await this.#get(name).stop(timeoutSeconds * 1000);
  }

  async kill(name: string, signal: string): Promise<void> {
    await this.#answer();
    const container = this.#get(name);
    if (!container.running) {
      throw new EngineRefused(409, `Cannot kill container: ${name}: Container ${container.id} is not running`);
    }
    container.signal(signal);
  }

  async remove(name: string): Promise<void> {
    await this.#answer();
    const container = this.#find(name);
    if (container === undefined) return;
    container.end(137);
    this.#networks.leave(container.id);
    this.#containers.delete(container.id);
    container.emit('destroy');
  }

  async inspect(name: string): Promise<ContainerInfo | undefined> {
    await this.#answer();
    const info = this.#find(name)?.info();
    if (info === undefined || info.status !== 'running') return info;
    const networks = this.#networks.of(info.id);
    return { ...info, networks, addresses: networks.map(({ address }) => address) };
  }

  async list(labels: Readonly<Record<string, string>>): Promise<readonly ContainerSummary[]> {
    await this.#answer();
    const matching = [...this.#containers.values()].filter((container) => hasLabels(container.labels, labels));
    return matching.map((container) => container.summary());
  }

  async attach(name: string): Promise<LogStream> {
    await this.#answer();
    return this.#get(name).log.read({ follow: true });
  }

  async logs(name: string, sinceMs: number): Promise<LogStream> {
    await this.#answer();
    const container = this.#get(name);
    return container.log.read({ sinceMs, follow: container.running });
  }

  async exec(name: string, command: readonly string[]): Promise<ExecResult> {
    await this.#answer();
    const container = this.#get(name);
    if (!container.running) throw new EngineRefused(409, `Container ${container.id} is not running`);
    return container.program.exec?.[command[0] ?? ''] ?? { exitCode: 0, output: '' };
  }

  async stats(name: string): Promise<ContainerStats | undefined> {
    await this.#answer();
    const container = this.#find(name);
    if (container === undefined || !container.running) return undefined;
    return { timeMs: this.#clock.nowMs(), cpuTotalNs: 0, memoryBytes: 1_048_576, raw: {} };
  }

  events(labels: Readonly<Record<string, string>>, onEvent: (event: EngineEvent) => void): { close(): void } {
    const watcher = { labels, onEvent };
    this.#watchers.add(watcher);
    if (!this.#down) this.#tell(watcher, { type: 'resync' });
    return { close: () => void this.#watchers.delete(watcher) };
  }

  async createVolume(spec: VolumeSpec): Promise<void> {
    await this.#answer();
    if (!this.#volumes.has(spec.name)) this.#volumes.set(spec.name, spec);
  }

  async inspectVolume(name: string): ReturnType<ContainerRuntime['inspectVolume']> {
    await this.#answer();
    const spec = this.#volumes.get(name);
    return spec && { name, driver: spec.driver ?? 'local', mountpoint: `/fake/volumes/${name}` };
  }

  async removeVolume(name: string): Promise<void> {
    await this.#answer();
    this.#volumes.delete(name);
  }

  async createNetwork(spec: EngineNetworkSpec): Promise<void> {
    await this.#answer();
    this.#networks.create(spec);
  }

  async listNetworks(labels: Readonly<Record<string, string>>): Promise<readonly EngineNetwork[]> {
    await this.#answer();
    return this.#networks.list().filter((network) => hasLabels(network.labels, labels));
  }

  async disconnect(network: string, name: string): Promise<void> {
    await this.#answer();
    const container = this.#find(name);
    if (container !== undefined) this.#networks.leave(container.id, network);
  }

  async removeNetwork(name: string): Promise<boolean> {
    await this.#answer();
    return this.#networks.remove(name);
  }

  close(): void {
    this.#watchers.clear();
    for (const container of this.#containers.values()) container.cancelTimers();
  }

  /** Every answer takes a turn of the clock; an engine that is down gives none. */
  async #answer(delayMs = 0): Promise<void> {
    await new Promise<void>((resolve) => void this.#clock.after(delayMs, resolve));
    if (this.#down) throw new EngineUnavailable('the fake container engine is down');
  }

  #find(name: string): FakeContainer | undefined {
    const byId = this.#containers.get(name);
    return byId ?? [...this.#containers.values()].find((container) => container.spec.name === name);
  }

  #get(name: string): FakeContainer {
    const container = this.#find(name);
    if (container === undefined) throw new EngineRefused(404, `No such container: ${name}`);
    return container;
  }

  #joinRefusal(networkMode: string): string | undefined {
    if (!networkMode.startsWith('container:')) return undefined;
    const target = networkMode.slice('container:'.length);
    const other = this.#find(target);
    if (other === undefined) return `No such container: ${target}`;
    return other.running ? undefined : `cannot join network of a non running container: ${other.id}`;
  }

  #portsInUse(): ContainerInfo['ports'] {
    return [...this.#containers.values()].flatMap((container) => (container.running ? container.info().ports : []));
  }

  #emit(event: EngineEvent): void {
    if (this.#down) return;
    for (const watcher of this.#watchers) {
      if (!('labels' in event) || hasLabels(event.labels, watcher.labels)) this.#tell(watcher, event);
    }
  }

  /** Never in the middle of the call that caused it. */
  #tell(watcher: Watcher, event: EngineEvent): void {
    this.#clock.after(0, () => {
      if (this.#watchers.has(watcher)) watcher.onEvent(event);
    });
  }
}

const fakeInfo: EngineInfo = {
  kind: 'docker',
  version: '0.0.0-fake',
  apiVersion: '1.41',
  cpus: 4,
  memoryBytes: 8 * 1024 ** 3,
  architecture: 'amd64',
  cgroupDriver: 'cgroupfs',
  cgroupVersion: 2,
  logDrivers: ['json-file', 'local', 'none'],
  volumeDrivers: ['local'],
  dataRoot: '/fake/engine',
};

function hasLabels(labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

function hex64(value: number): string {
  return value.toString(16).padStart(64, '0');
}

/** Not a hash, only a number that is always the same for a reference. */
function digestOf(reference: string): string {
  let value = 0;
  for (const byte of reference) value = (value * 31 + (byte.codePointAt(0) ?? 0)) % 2 ** 48;
  return `sha256:${hex64(value)}`;
}
