import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { connectSigningName, connectSocketPath, type ConnectMessage } from '../connect-protocol/index.ts';
import type { Log } from '../kernel/index.ts';
import { ControlPlaneSocket, privateDirectory } from '../platform/index.ts';
import { TaskProxies } from '../service-connect/index.ts';
import type { ControlPlane } from './task-network.ts';

/** Where the sockets of proxies are, by agent; only root has proxies. */
const runDirectory = '/run/longshore/connect';

/** The proxies of an agent's tasks, told by the control plane over a websocket of their own. */
export function startTaskProxies(
  owner: string,
  controlPlane: ControlPlane & { readonly log: Log },
): { readonly proxies: TaskProxies; close(): void } {
  const { clock, log } = controlPlane;
  // Short, whatever the owner is called: the path of a socket has a bound.
  const name = createHash('sha256').update(owner).digest('hex').slice(0, 12);
  const directory = privateDirectory(join(runDirectory, name));
  const proxies: TaskProxies = new TaskProxies({ directory, clock, log, send: (report) => socket.send(report) });
  const socket: ControlPlaneSocket = new ControlPlaneSocket({
    ...controlPlane,
    path: connectSocketPath,
    signingName: connectSigningName,
    onOpen: () => proxies.opened(),
    onMessage: (message) => {
      if ((message as ConnectMessage).type === 'endpoints') proxies.heard(message as ConnectMessage);
    },
  });
  return {
    proxies,
    close() {
      socket.close();
      proxies.close();
    },
  };
}
