import { messageOf } from '../kernel/index.ts';
import type { EngineInfo } from '../runtime/index.ts';
import type { HostResources } from './engine/index.ts';
import { ResourceQueue } from './engine/index.ts';
import { HostPortRanges } from './hooks/host-port-ranges.ts';
import { PausePool } from './hooks/pause-pool.ts';
import { prepareNetwork } from './hooks/prepare-network.ts';
import type { TaskCgroups } from './hooks/task-cgroup.ts';
import { openTaskCgroups } from './hooks/task-cgroup.ts';
import { ImageCleaner } from './image-cleanup/image-cleaner.ts';
import { CallWayApi } from './calls/call-way-source.ts';
import { ImageLedger } from './image-cleanup/image-ledger.ts';
import { IntrospectionServer } from './introspection/introspection-server.ts';
import { limits } from './limits.ts';
import { ContainerLogs } from './logs/container-logs.ts';
import { LogsApi } from './logs/logs-api.ts';
import { MetadataServer } from './metadata/metadata-server.ts';
import type { Agent, AgentOptions, AgentSettings } from './options.ts';
import { defaultSettings } from './options.ts';
import { containerFiles, ecrImagesOf, imagesOf, placeOf, zoneOf } from './parts-of-agent.ts';
import { ObjectClient } from './environment-files/object-client.ts';
import { SecretApi } from './secrets/secret-source.ts';
import { ApiClient } from './session/api-client.ts';
import { ebsLimitation, EbsVolumes } from './ebs/task-volumes.ts';
import { CredentialsStore } from './session/credentials-store.ts';
import { EcsApi } from './session/ecs-api.ts';
import type { RegisteredInstance } from './session/ecs-api.ts';
import { ServerTime } from '../control-plane-client/index.ts';
import { capabilityAttributes, register } from './session/registration.ts';
import { Sessions } from './session/sessions.ts';
import { sleep } from './sleep.ts';
import { forgetCopied } from './state/copied-directory.ts';
import { InstanceFile, registrationToken } from './state/instance-file.ts';
import { TaskFiles } from './state/task-files.ts';
import { adopt } from './tasks/adoption.ts';
import { AnnouncedInterfaces } from './tasks/announced-interfaces.ts';
import { watchEngine } from './tasks/engine-watch.ts';
import { HealthProber } from './tasks/health-prober.ts';
import { Outbox, singleReport } from './tasks/outbox.ts';
import type { TaskParts } from './tasks/parts.ts';
import { StartGate } from './tasks/start-gate.ts';
import { TaskTable } from './tasks/task-table.ts';
import { Telemetry } from './telemetry/telemetry.ts';
import { userAgent } from './version.ts';
import { WayApi } from './ways/way-api.ts';

const defaultPoolSize = 4;
/** How long `stop` waits for what is under way. */
const stopBoundMs = 3_000;

/**
 * Starts an agent. Resolves as soon as its data directory is open; it then waits for the engine and the control plane by itself.
 * @throws Error when the data directory is unusable or belongs to another cluster
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  await forgetCopied(options);
  const instance = await InstanceFile.open(options.dataDir, options.log);
  const saved = instance.identity;
  if (saved !== undefined && saved.cluster !== options.cluster)
    throw new Error(
      `the agent in '${options.dataDir}' belongs to cluster '${saved.cluster}', not '${options.cluster}'; use another data directory`,
    );
  const files = await TaskFiles.open(options.dataDir, options.log);
  return new RunningAgent(options, instance, { files, ledger: await ImageLedger.open(options.dataDir, options.log) });
}

/** What is opened on the way up, and closed in the reverse order. */
type Closer = () => Promise<unknown> | void;

class RunningAgent implements Agent {
  readonly ready: Promise<void>;
  readonly deregistered: Promise<void>;
  readonly #options: AgentOptions;
  readonly #settings: AgentSettings;
  readonly #instance: InstanceFile;
  readonly #files: TaskFiles;
  readonly #ledger: ImageLedger;
  readonly #serverTime: ServerTime;
  readonly #client: ApiClient;
  readonly #api: EcsApi;
  readonly #closers: Closer[] = [];
  #arn: string | undefined;
  #awsvpc = false;
  #stopped = false;
  #tellDeregistered: () => void = () => undefined;
  #tellStopping: (reason: Error) => void = () => undefined;
  /** Rejects when the agent is stopped: nobody waits for it to get ready any more. */
  readonly #stopping = new Promise<never>((_resolve, reject) => {
    this.#tellStopping = reject;
  });

  constructor(
    options: AgentOptions,
    instance: InstanceFile,
    kept: { readonly files: TaskFiles; readonly ledger: ImageLedger },
  ) {
    this.#options = options;
    this.#settings = { ...defaultSettings, ...options.settings };
    this.#instance = instance;
    this.#files = kept.files;
    this.#ledger = kept.ledger;
    const { endpoint, trust, region, credentials, clock, ids } = options;
    this.#serverTime = options.serverTime ?? new ServerTime(clock, options.log);
    const serverTime = this.#serverTime;
    this.#client = new ApiClient({ endpoint, trust, region, credentials, serverTime, clock, ids, userAgent });
    this.#api = new EcsApi(this.#client);
    this.deregistered = new Promise((resolve) => {
      this.#tellDeregistered = resolve;
    });
    this.ready = Promise.race([this.#run(), this.#stopping]);
    this.ready.catch(() => undefined); // whoever awaits it hears of it
  }

  get containerInstanceArn(): string | undefined {
    return this.#arn;
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#tellStopping(new Error('the agent was stopped'));
    for (const close of this.#closers.reverse()) await close();
    await this.#files.flush();
    await this.#instance.flush();
    await this.#ledger.flush();
    this.#client.close();
  }

  async #run(): Promise<void> {
    const options = this.#options;
    const engine = await this.#waitForEngine();
    await this.#prepareNetwork();
    const cgroups = await this.#openCgroups(engine);
    const resources = this.#hostResources(engine);
    const registered = await this.#register(engine, { resources, taskCgroups: cgroups.enforced });
    if (this.#stopped) return;
    const outbox = new Outbox({
      submit: (report) =>
        report.volumes === undefined
          ? this.#api.submitTaskStateChange(options.cluster, report)
          : this.#api.submitAttachmentStateChanges(options.cluster, report.volumes),
      clock: options.clock,
      ids: options.ids,
      log: options.log,
    });
    const parts = this.#parts({ engine, cgroups, outbox, registered });
    const queue = new ResourceQueue(resources);
    const telemetry = new Telemetry({ parts, settings: this.#settings });
    const table = new TaskTable({ parts, resources: queue, outbox, onChange: (runner) => telemetry.changed(runner) });
    const watch = watchEngine(parts, table);
    this.#closers.push(() => {
      watch.close();
      table.stopAll();
      outbox.stop();
      parts.pauses.stop();
    });
    this.#closers.push(() => parts.logs.stop(stopBoundMs));
    this.#closers.push(async () => {
      for (const runner of table.all()) {
        await runner.writeNow().catch((error: unknown) => {
          runner.log.error('the task could not be written to disk', { error: messageOf(error) });
        });
      }
    });
    this.#closers.push(() => parts.ecrImages.stop());
    await adopt(parts, table, queue);
    const prober = new HealthProber(parts, table);
    this.#closers.push(() => prober.stop());
    await this.#startMetadata(parts, table, registered);
    await this.#startIntrospection(parts, table);
    const cleaner = new ImageCleaner({ ...parts, settings: this.#settings.imageCleanup, ledger: this.#ledger, table });
    this.#closers.push(() => cleaner.stop());
    parts.pauses.fill();
    await this.#connect(parts, { table, telemetry, engine });
  }

  async #connect(
    parts: TaskParts,
    rooms: { readonly table: TaskTable; readonly telemetry: Telemetry; readonly engine: EngineInfo },
  ): Promise<void> {
    if (this.#stopped) return;
    const { trust, region, credentials } = this.#options;
    const sessions = new Sessions({
      api: this.#api,
      parts,
      table: rooms.table,
      telemetry: rooms.telemetry,
      trust,
      region,
      credentials,
      serverTime: this.#serverTime,
      onInactive: this.#tellDeregistered,
      sequence: {
        read: () => this.#instance.identity?.manifestTimeline ?? 0,
        write: (timeline) => this.#instance.saveTimeline(timeline),
      },
    });
    rooms.telemetry.watch(rooms.table);
    this.#closers.push(() => {
      sessions.close();
      rooms.telemetry.stop();
    });
    await sessions.connected;
    this.#options.log.info('agent ready', { containerInstanceArn: this.#arn ?? '', cluster: this.#options.cluster });
  }

  async #waitForEngine(): Promise<EngineInfo> {
    const { runtime, clock, log } = this.#options;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const engine = await runtime.info();
        log.info('container engine found', { kind: engine.kind, version: engine.version, api: engine.apiVersion });
        return engine;
      } catch (error) {
        if (this.#stopped) throw error;
        const delayMs = Math.min(limits.engineRetryMs * 2 ** attempt, limits.engineRetryLongestMs);
        log.warn(
          'the container engine does not answer; is it started, and may this user use its socket? Trying again',
          {
            error: messageOf(error),
            delayMs,
          },
        );
        await sleep(clock, delayMs);
        if (this.#stopped) throw error;
      }
    }
  }

  async #prepareNetwork(): Promise<void> {
    const { network, clock, log } = this.#options;
    for (const limitation of network.capabilities.limitations) log.warn(limitation);
    if (!network.capabilities.awsvpc) return;
    this.#awsvpc = true;
    this.#closers.push(await prepareNetwork(network, { clock, log }));
  }

  async #openCgroups(engine: EngineInfo): Promise<TaskCgroups> {
    if (!this.#settings.taskLimits)
      return { enforced: false, make: () => Promise.resolve(undefined), remove: () => Promise.resolve() };
    return openTaskCgroups(engine, this.#options.cgroupRoot ?? '/sys/fs/cgroup', this.#options.log);
  }

  #hostResources(engine: EngineInfo): HostResources {
    const { resources } = this.#options;
    const { reservedMemoryMiB, reservedTcpPorts, reservedUdpPorts } = this.#settings;
    const memoryMiB = Math.floor(engine.memoryBytes / 1_048_576) - reservedMemoryMiB;
    return {
      cpuUnits: resources?.cpuUnits ?? engine.cpus * 1024,
      memoryMiB: resources?.memoryMiB ?? memoryMiB,
      tcpPorts: reservedTcpPorts,
      udpPorts: reservedUdpPorts,
    };
  }

  async #register(
    engine: EngineInfo,
    facts: { readonly resources: HostResources; readonly taskCgroups: boolean },
  ): Promise<RegisteredInstance> {
    const { cluster, clock, ids, log, launchKind, attributes, tags } = this.#options;
    const saved = this.#instance.identity;
    const registered = await register({
      api: this.#api,
      cluster,
      createMissingCluster: this.#options.createMissingCluster ?? false,
      clientToken: await registrationToken(this.#options.dataDir, () => ids.uuid()),
      ...(saved === undefined ? {} : { savedArn: saved.containerInstanceArn }),
      attributes: capabilityAttributes({
        engine,
        external: launchKind === 'EXTERNAL',
        awsvpc: this.#awsvpc,
        taskCgroups: facts.taskCgroups,
        fileSystems: this.#options.efsDirectory !== undefined,
        ebs: this.#options.ebsDirectory !== undefined && (await ebsLimitation()) === undefined,
        underlay: this.#options.underlay,
      }),
      customAttributes: Object.entries(attributes ?? {}).map(([name, value]) => ({ name, value })),
      tags: Object.entries(tags ?? {}).map(([key, value]) => ({ key, value })),
      resources: facts.resources,
      clock,
      ids,
      log,
      stopped: () => this.#stopped,
    });
    this.#arn = registered.containerInstanceArn;
    const manifestTimeline = saved?.containerInstanceArn === this.#arn ? saved.manifestTimeline : 0;
    const { machineId } = this.#options;
    await this.#instance.save({
      cluster,
      containerInstanceArn: this.#arn,
      manifestTimeline,
      ...(machineId === undefined ? {} : { machineId }),
    });
    log.info('registered', { containerInstanceArn: this.#arn });
    return registered;
  }

  #parts(made: {
    readonly engine: EngineInfo;
    readonly cgroups: TaskCgroups;
    readonly outbox: Outbox;
    readonly registered: RegisteredInstance;
  }): TaskParts {
    const { runtime, network, clock, ids, log, region, dataDir } = this.#options;
    const { engine, cgroups, outbox } = made;
    const settings = this.#settings;
    const instanceArn = this.#arn ?? '';
    const gate = new StartGate(engine.cpus);
    const pauses = new PausePool({
      runtime,
      gate,
      instanceArn,
      architecture: engine.architecture,
      size: this.#awsvpc && network.capabilities.anyPause ? (this.#options.pausePoolSize ?? defaultPoolSize) : 0,
      dnsServers: this.#options.dnsServers ?? [],
      clock,
      ids,
      log,
    });
    const interfaces = new AnnouncedInterfaces({
      pauses,
      network,
      clock,
      log,
      onAttached: (task, attachmentArn) =>
        outbox.poke(singleReport({ task, attachments: [{ attachmentArn, status: 'ATTACHED' }] })),
      discard: (pause) => {
        gate
          .run('remove', () => runtime.remove(pause.id))
          .catch((error: unknown) =>
            log.warn('could not remove a pause', { container: pause.id, error: messageOf(error) }),
          );
      },
    });
    return {
      runtime,
      network,
      engine,
      gate,
      driverGate: new StartGate(engine.cpus),
      images: imagesOf(this.#options, settings, { engine, ledger: this.#ledger }),
      ecrImages: ecrImagesOf(this.#options, settings, { client: this.#client, ledger: this.#ledger }),
      pauses,
      interfaces,
      cgroups,
      ebs: new EbsVolumes({ directory: this.#options.ebsDirectory, clock, log }),
      logs: new ContainerLogs({ api: new LogsApi(this.#client), runtime, dataDir, region, clock, ids, log }),
      credentials: new CredentialsStore(),
      secrets: new SecretApi(this.#client),
      objects: new ObjectClient({ ...this.#options, serverTime: this.#serverTime }),
      ways: new WayApi(this.#client),
      files: this.#files,
      clock,
      ids,
      log,
      decide: { defaultStopTimeoutSeconds: settings.stopTimeoutSeconds },
      ...(this.#options.proxies === undefined ? {} : { proxies: this.#options.proxies }),
      hostPorts: new HostPortRanges({ within: settings.dynamicHostPorts, ids }),
      ...containerFiles(this.#options, settings, { engine, registered: made.registered }),
      timeouts: { createMs: settings.createTimeoutMs, startMs: settings.startTimeoutMs },
      cleanupWaitMs: settings.cleanupWaitMs,
      cleanupJitterMs: settings.cleanupJitterMs,
      place: placeOf(this.#options, instanceArn),
    };
  }

  async #startIntrospection({ place, clock, log }: TaskParts, table: TaskTable): Promise<void> {
    const { introspection } = this.#options;
    if (introspection === undefined) return;
    const rooms = { table, cluster: place.cluster, containerInstanceArn: place.instanceArn };
    const server = new IntrospectionServer({ rooms, ...introspection, clock, log });
    this.#closers.push(() => server.stop());
    await server.start();
  }

  async #startMetadata(parts: TaskParts, table: TaskTable, registered: RegisteredInstance): Promise<void> {
    const { metadata, endpoint, trust } = this.#options;
    if (metadata === undefined) return;
    const zone = zoneOf(registered);
    const server = new MetadataServer({
      parts,
      table,
      api: this.#api,
      metadata,
      endpoint,
      trust,
      callWays: this.#settings.routedCalls ? new CallWayApi(this.#client) : undefined,
      ...(zone === undefined ? {} : { availabilityZone: zone }),
    });
    this.#closers.push(() => server.stop());
    await server.start();
  }
}
