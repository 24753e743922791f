import { join } from 'node:path';
import { ToldSocket, websocketUrl, type AwsCredentials, type SocketLimits } from '../control-plane-client/index.ts';
import { CloudMapNames } from '../dns/index.ts';
import type { Clock, Ids, Log, ServerTrust } from '../kernel/index.ts';
import { namesSigningName, namesSocketPath } from '../names-protocol/index.ts';
import { readIfPresent, writePrivateFile } from '../platform/index.ts';

export interface PrivateZonesOptions {
  /** `http://host:port` or `https://…` of the control plane. */
  readonly endpoint: string;
  /** How an `https` endpoint is verified; absent: as usual. */
  readonly trust?: ServerTrust | undefined;
  readonly region: string;
  readonly credentials: () => AwsCredentials;
  /** Where what is known is kept for a start while the control plane is away. */
  readonly directory: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

const limits: SocketLimits = {
  frameBytes: 64 * 1024 * 1024,
  unreadBytes: 1024 * 1024,
  handshakeTimeoutMs: 10_000,
  reconnect: { firstMs: 250, factor: 2, longestMs: 15_000 },
  liveness: { pingMs: 20_000 },
};

/** Cloud Map's private namespaces as this machine's name server knows them: over a websocket of their own. */
export function startPrivateZones(options: PrivateZonesOptions): {
  readonly names: CloudMapNames['names'];
  stop(): void;
} {
  const { endpoint, directory, clock, ids } = options;
  const log = options.log.with({ part: 'private zones' });
  const file = join(directory, 'names.json');
  const known = new CloudMapNames({
    kept: { read: () => readIfPresent(file), write: (text) => writePrivateFile(file, text) },
    endpoint,
    clock,
    log,
    fraction: () => ids.fraction(),
  });
  const socket = new ToldSocket({
    ...options,
    log,
    limits,
    url: () => websocketUrl(endpoint, namesSocketPath),
    service: namesSigningName,
    onOpen: () => known.connected(),
    onMessage: (message) => known.take(message),
  });
  return {
    names: known.names,
    stop() {
      socket.close('stops');
      known.close();
    },
  };
}
