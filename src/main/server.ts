import { mkdirSync } from 'node:fs';
import { InvalidArgument, Unavailable, type Clock, type Ids, type Log } from '../kernel/index.ts';
import { createServer } from '../protocol/index.ts';
import { openDatabase } from '../store/index.ts';
import { openEmbeddedStore } from '../store/embedded/index.ts';
import { defaultAccount, InstallationCredentials } from './credentials.ts';
import { places } from './data-directory.ts';
import { openInstallation } from './installation.ts';
import { isLoopback } from './loopback.ts';
import { writeProcessFile } from './process-file.ts';
import { rotateWhenAsked } from './rotation-signal.ts';
import { SealingKeys } from './sealing-keys.ts';
import { startServices, tables, type RunningServices } from './services.ts';
import { SessionTokens } from './session-tokens.ts';

export interface ServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly dataDirectory: string;
  /** Lambda's Invoke API, for the lifecycle hooks of deployments. */
  readonly lambdaEndpoint?: string | undefined;
  /** Where the data of EFS's file systems lives; by default in the data directory. */
  readonly efsDirectory?: string | undefined;
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
  readonly tasks: RunningServices['tasks'];
  stop(): Promise<void>;
}

/** The control plane: store, services, HTTP. Rejects, saying which part, when one cannot start. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port, dataDirectory, clock, ids, log } = options;
  const installation = openInstallation(dataDirectory);
  const tokens = new SessionTokens(installation.sealingKey);
  mkdirSync(places.journal(dataDirectory), { recursive: true, mode: 0o700 });
  const store = await openEmbeddedStore({
    directory: places.journal(dataDirectory),
    log: log.with({ part: 'store' }),
    onFailure: options.onFailure,
  });
  const database = await openDatabase(store, tables, { log: log.with({ part: 'store' }), clock });
  const services = await startServices({
    database,
    tokens,
    sealingKeys: SealingKeys.open(dataDirectory),
    clock,
    ids,
    log,
    ...directoriesOf(options),
    sealingKey: installation.sealingKey,
    installationDirectory: dataDirectory,
    lambdaEndpoint: options.lambdaEndpoint,
    defaultAccount,
  });
  const { identities, isTaskLive } = services;
  const server = createServer({
    host,
    port,
    services: services.definitions,
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
    clock,
    ids,
    log: log.with({ part: 'api' }),
    health: () => health(options.parts()),
    limits: { stopTimeoutMs },
  });
  const stopAll = async (): Promise<void> => {
    await services.stop();
    database.close();
    await store.close();
  };
  const address = await server.start().catch(async (error: unknown) => {
    await stopAll();
    throw whyNotListening(error, options);
  });
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  // Whoever finds the process file may ask.
  const ignoreRotations = rotateWhenAsked(services, log);
  const removeProcessFile = writeProcessFile(dataDirectory, url);
  return {
    url,
    tasks: services.tasks,
    async stop() {
      await server.stop();
      removeProcessFile();
      await stopAll();
      ignoreRotations();
    },
  };
}

/** Where services keep what is no record. */
function directoriesOf({ dataDirectory, efsDirectory }: ServerOptions) {
  return {
    logsDirectory: places.logs(dataDirectory),
    eventsDirectory: places.events(dataDirectory),
    imagesDirectory: places.images(dataDirectory),
    efsDirectory: efsDirectory ?? places.efs(dataDirectory),
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
