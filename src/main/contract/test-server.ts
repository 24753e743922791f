import { silentLog } from '../../kernel/index.ts';
import { randomIds, systemClock } from '../../platform/index.ts';
import { startServer, type RunningServer, type ServerOptions } from '../server.ts';

/** The control plane over real sockets and files, with real time; for tests only. */
export function startTestServer(dataDirectory: string, more: Partial<ServerOptions> = {}): Promise<RunningServer> {
  return startServer({
    host: '127.0.0.1',
    port: 0,
    dataDirectory,
    clock: systemClock,
    ids: randomIds,
    log: silentLog,
    parts: () => ({}),
    onFailure(error) {
      throw error;
    },
    ...more,
  });
}
