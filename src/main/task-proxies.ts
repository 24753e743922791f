import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { connectSigningName, connectSocketPath, type ConnectMessage } from '../connect-protocol/index.ts';
import { ToldSocket, websocketUrl, type SocketLimits } from '../control-plane-client/index.ts';
import type { Log } from '../kernel/index.ts';
import { privateDirectory } from '../platform/index.ts';
import { TaskProxies } from '../service-connect/index.ts';
import type { ControlPlane } from './task-network.ts';

/** Where the sockets of proxies are, by agent; only root has proxies. */
const runDirectory = '/run/longshore/connect';

const limits: SocketLimits = {
  frameBytes: 64 * 1024 * 1024,
  unreadBytes: 1024 * 1024,
  handshakeTimeoutMs: 10_000,
  reconnect: { firstMs: 250, factor: 2, longestMs: 15_000 },
  liveness: { pingMs: 20_000 },
};

/** Short, whatever the owner is called: the path of a socket has a bound. */
function directoryOf(owner: string): string {
  return join(runDirectory, createHash('sha256').update(owner).digest('hex').slice(0, 12));
}

/** Removes what an agent that does not run any more knew of its proxies; they end with their tasks. */
export function removeTaskProxies(owner: string): void {
  rmSync(directoryOf(owner), { recursive: true, force: true });
}

/** The proxies of an agent's tasks, told by the control plane over a websocket of their own. */
export function startTaskProxies(
  owner: string,
  controlPlane: ControlPlane & { readonly log: Log },
): { readonly proxies: TaskProxies; close(): void } {
  const { endpoint, clock, log } = controlPlane;
  const directory = privateDirectory(directoryOf(owner));
  const proxies: TaskProxies = new TaskProxies({
    directory,
    clock,
    log,
    send: (report) => socket.connection?.send(JSON.stringify(report)),
  });
  const socket: ToldSocket = new ToldSocket({
    ...controlPlane,
    limits,
    url: () => websocketUrl(endpoint, connectSocketPath),
    service: connectSigningName,
    onOpen: () => proxies.opened(),
    onMessage: (message, connection) => {
      const { type } = message as ConnectMessage;
      if (type === 'endpoints')
        proxies.heard(message as ConnectMessage, (report) => connection.send(JSON.stringify(report)));
    },
  });
  return {
    proxies,
    close() {
      socket.close('stops');
      proxies.close();
    },
  };
}
