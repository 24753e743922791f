import { InvalidArgument, Unavailable, type Clock, type Ids, type Log } from '../kernel/index.ts';
import { ownersAlone } from '../platform/index.ts';
import { createServer } from '../protocol/index.ts';
import { openDatabase, type Database } from '../store/index.ts';
import { openEmbeddedStore } from '../store/embedded/index.ts';
import { defaultAccount, InstallationCredentials } from './credentials.ts';
import { s3Route } from '../services/s3/index.ts';
import { places } from './data-directory.ts';
import { openInstallation, type Installation } from './installation.ts';
import { isLoopback, reachedAt, urlOf } from './loopback.ts';
import { objectDirectory } from './object-directory.ts';
import { writeProcessFile } from './process-file.ts';
import { postgresImages } from './postgres-images.ts';
import { RegistryDoor } from './registry-door.ts';
import { rotateWhenAsked } from './rotation-signal.ts';
import { SealingKeys } from './sealing-keys.ts';
import { startServices, tables, type RunningServices } from './services.ts';
import { SessionTokens } from './session-tokens.ts';
import { openTransport, type PartsTrust, type Transport, type TransportChoice } from './transport.ts';

export interface ServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Absent: TLS with a certificate of the installation's own where others reach the host, plain HTTP on loopback. */
  readonly transport?: TransportChoice;
  readonly dataDirectory: string;
  /** How long a machine of the hidden FARGATE pool may be away before it is given up. */
  readonly poolAgentLostMs?: number | undefined;
  /** Lambda's Invoke API, for the lifecycle hooks of deployments. */
  readonly lambdaEndpoint?: string | undefined;
  /** What environment files of containers come from, as DIRECTORY/bucket/key; undefined: there is no S3. */
  readonly s3Directory?: string | undefined;
  /** Where the data of EFS's file systems lives; by default in the data directory. */
  readonly efsDirectory?: string | undefined;
  /** Where the data of EBS volumes lives; by default in the data directory. */
  readonly ebsDirectory?: string | undefined;
  /** Where the data of RDS's databases lives; by default in the data directory. */
  readonly rdsDirectory?: string | undefined;
  /** The image that databases of RDS run; by default one that the engine has. */
  readonly rdsPostgresImage?: string | undefined;
  /** Address of the container engine of this machine; absent: there is none. */
  readonly engine?: (() => Promise<string>) | undefined;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** State of the parts outside this process, for `GET /health`; anything but `ok` makes the whole not ok. */
  parts(): Readonly<Record<string, string>>;
  /** The journal's disk failed and nothing more can be answered: log it, and start the process again. */
  onFailure(error: Error): void;
}

/** How long `stop` lets requests finish that are being answered. */
const stopTimeoutMs = 1_000;

export interface RunningServer {
  /** Such as `http://127.0.0.1:4566`. */
  readonly url: string;
  /** Where this machine's agent and balancer reach it, and how they make sure of it. */
  readonly parts: { readonly endpoint: string; readonly trust?: PartsTrust };
  /** What clients have to trust; absent: nothing of Longshore's. */
  readonly caFile?: string;
  readonly tasks: RunningServices['tasks'];
  stop(): Promise<void>;
}

/** The control plane: store, services, HTTP. Rejects, saying which part, when one cannot start. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port, dataDirectory, clock, ids, log } = options;
  const s3 = s3Route(options.s3Directory === undefined ? undefined : objectDirectory(options.s3Directory));
  const installation = openInstallation(dataDirectory);
  const transport = await openTransport(options.transport ?? {}, {
    host,
    directory: dataDirectory,
    nowMs: clock.nowMs(),
  });
  const tokens = new SessionTokens(installation.sealingKey);
  const journal = await openJournal(options);
  const services = await servicesOn(options, { installation, tokens, database: journal.database });
  const { identities, isTaskLive } = services;
  const server = createServer({
    host,
    port,
    tls: transport.tls,
    services: services.definitions,
    rawRoutes: [s3],
    recorder: services.recorder,
    credentials: new InstallationCredentials({
      installation,
      tokens,
      identities,
      isTaskLive,
      clock,
      wellKnownAllowed: isLoopback(host),
    }),
    authorizer: services.authorizer,
    endpointPasses: services.endpointPasses,
    clock,
    ids,
    log: log.with({ part: 'api' }),
    health: () => health(options.parts()),
    limits: { stopTimeoutMs },
  });
  const stopAll = async (): Promise<void> => {
    await services.stop();
    await journal.close();
  };
  const address = await server.start().catch(async (error: unknown) => {
    await stopAll();
    throw whyNotListening(error, options);
  });
  const reached = reachedBy(transport, host, address.port);
  const registry = new RegistryDoor({
    directory: dataDirectory,
    clock,
    log: log.with({ part: 'registry' }),
    take: (socket) => server.take(socket),
  });
  await registry.start();
  // Whoever finds the process file may ask.
  const ignoreRotations = rotateWhenAsked(services, log);
  const removeProcessFile = writeProcessFile(dataDirectory, reached.url, options.transport);
  return {
    ...reached,
    tasks: services.tasks,
    async stop() {
      await registry.stop();
      await server.stop();
      removeProcessFile();
      await stopAll();
      ignoreRotations();
    },
  };
}

/** The journal and its tables, in a directory where all that lies is the owner's alone. */
async function openJournal({ dataDirectory, log, clock, onFailure }: ServerOptions): Promise<{
  readonly database: Database;
  close(): Promise<void>;
}> {
  for (const place of [places.journal, places.logs, places.events, places.images]) ownersAlone(place(dataDirectory));
  const own = log.with({ part: 'store' });
  const store = await openEmbeddedStore({ directory: places.journal(dataDirectory), log: own, onFailure });
  const database = await openDatabase(store, tables, { log: own, clock });
  return {
    database,
    async close() {
      database.close();
      await store.close();
    },
  };
}

function servicesOn(
  options: ServerOptions,
  parts: { readonly installation: Installation; readonly tokens: SessionTokens; readonly database: Database },
): Promise<RunningServices> {
  const { dataDirectory, efsDirectory, ebsDirectory, rdsDirectory, lambdaEndpoint, poolAgentLostMs, clock, ids, log } =
    options;
  const { installation, tokens, database } = parts;
  return startServices({
    database,
    tokens,
    sealingKeys: SealingKeys.open(dataDirectory),
    clock,
    ids,
    log,
    logsDirectory: places.logs(dataDirectory),
    eventsDirectory: places.events(dataDirectory),
    imagesDirectory: places.images(dataDirectory),
    efsDirectory: efsDirectory ?? places.efs(dataDirectory),
    ebsDirectory: ebsDirectory ?? places.ebs(dataDirectory),
    rdsDirectory: rdsDirectory ?? places.rds(dataDirectory),
    postgresImages: postgresImages({ named: options.rdsPostgresImage, engine: options.engine }),
    sealingKey: installation.sealingKey,
    installationDirectory: dataDirectory,
    lambdaEndpoint,
    poolAgentLostMs,
    defaultAccount,
  });
}

function reachedBy(
  { scheme, trust, caFile }: Transport,
  host: string,
  port: number,
): Pick<RunningServer, 'url' | 'parts' | 'caFile'> {
  return {
    url: urlOf(scheme, host, port),
    parts: { endpoint: urlOf(scheme, reachedAt(host), port), ...(trust === undefined ? {} : { trust }) },
    ...(caFile === undefined ? {} : { caFile }),
  };
}

/** What to do about an address that cannot be listened on. */
export function whyNotListening(error: unknown, { host, port }: Pick<ServerOptions, 'host' | 'port'>): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new Unavailable(`port ${port} is in use: stop what listens there or give --port`);
    case 'EACCES':
      return new Unavailable(`this user may not listen on port ${port}: give --port above 1023`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new InvalidArgument(`--host is '${host}', which is no address of this machine`);
    default:
      return error;
  }
}

function health(parts: Readonly<Record<string, string>>): {
  readonly status: string;
  readonly parts: Readonly<Record<string, string>>;
} {
  const all = { api: 'ok', store: 'ok', ...parts };
  return { status: Object.values(all).every((state) => state === 'ok') ? 'ok' : 'degraded', parts: all };
}
