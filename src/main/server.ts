import { mkdirSync } from 'node:fs';
import { type Clock, type Ids, type Log } from '../kernel/index.ts';
import { createServer } from '../protocol/index.ts';
import { openDatabase } from '../store/index.ts';
import { openEmbeddedStore } from '../store/embedded/index.ts';
import { InstallationCredentials } from './credentials.ts';
import { places } from './data-directory.ts';
import { openInstallation } from './installation.ts';
import { startServices, tables } from './services.ts';
import { SessionTokens } from './session-tokens.ts';

export interface ServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly dataDirectory: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** State of the parts outside this process, for `GET /health`; anything but `ok` makes the whole not ok. */
  parts(): Readonly<Record<string, string>>;
}

export interface RunningServer {
  /** Such as `http://127.0.0.1:4566`. */
  readonly url: string;
  stop(): Promise<void>;
}

/** True for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** The control plane: store, services, HTTP. Rejects, saying which part, when one cannot start. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port, dataDirectory, clock, ids, log } = options;
  const installation = openInstallation(dataDirectory);
  const tokens = new SessionTokens(installation.sealingKey);
  mkdirSync(places.journal(dataDirectory), { recursive: true, mode: 0o700 });
  const store = await openEmbeddedStore({ directory: places.journal(dataDirectory), log: log.with({ part: 'store' }) });
  const database = await openDatabase(store, tables, { log: log.with({ part: 'store' }), clock });
  const services = await startServices({
    database,
    tokens,
    clock,
    ids,
    log,
    logsDirectory: places.logs(dataDirectory),
  });
  const server = createServer({
    host,
    port,
    services: services.definitions,
    credentials: new InstallationCredentials(installation, tokens, { clock, wellKnownAllowed: isLoopback(host) }),
    clock,
    ids,
    log: log.with({ part: 'api' }),
    health: () => health(options.parts()),
  });
  const stopAll = async (): Promise<void> => {
    await services.stop();
    database.close();
    await store.close();
  };
  const address = await server.start().catch(async (error: unknown) => {
    await stopAll();
    throw error;
  });
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    async stop() {
      await server.stop();
      await stopAll();
    },
  };
}

function health(parts: Readonly<Record<string, string>>): {
  readonly status: string;
  readonly parts: Readonly<Record<string, string>>;
} {
  const all = { api: 'ok', store: 'ok', ...parts };
  return { status: Object.values(all).every((state) => state === 'ok') ? 'ok' : 'degraded', parts: all };
}
