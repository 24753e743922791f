import { join } from 'node:path';
import { CloudMapNames } from '../dns/index.ts';
import type { Clock, Ids, Log, ServerTrust } from '../kernel/index.ts';
import { namesSigningName, namesSocketPath } from '../names-protocol/index.ts';
import { ControlPlaneSocket, readIfPresent, writePrivateFile, type SocketCredentials } from '../platform/index.ts';

export interface PrivateZonesOptions {
  /** `http://host:port` or `https://…` of the control plane. */
  readonly endpoint: string;
  /** How an `https` endpoint is verified; absent: as usual. */
  readonly trust?: ServerTrust | undefined;
  readonly region: string;
  readonly credentials: () => SocketCredentials;
  /** Where what is known is kept for a start while the control plane is away. */
  readonly directory: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

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
  const socket = new ControlPlaneSocket({
    ...options,
    log,
    path: namesSocketPath,
    signingName: namesSigningName,
    onOpen: () => known.connected(),
    onMessage: (message) => known.take(message),
  });
  return {
    names: known.names,
    stop() {
      socket.close();
      known.close();
    },
  };
}
