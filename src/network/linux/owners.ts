import { readFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { NetworkFailed } from '../index.ts';
import { listenAbstract } from './abstract-socket.ts';

/** What a process shows itself as: one that wires tasks, or one that keeps routes to other machines. */
export type MarkKind = 'owner' | 'remote';

/** An agent process that lives now, and the name under which it uses the machine's task network. */
export interface LiveOwner {
  readonly owner: string;
  readonly pid: number;
}

/**
 * Shows to the other agents of this machine that this one lives, until its process ends or the mark is closed.
 * @returns undefined when this process shows it already
 * @throws NetworkFailed when another process uses the name
 */
export async function showOwner(owner: string, kind: MarkKind = 'owner'): Promise<Server | undefined> {
  const other = (await liveOwners(kind)).find((live) => live.owner === owner && live.pid !== process.pid);
  if (other !== undefined)
    throw new NetworkFailed(
      `process ${other.pid} uses the task network of this machine as "${owner}" already; stop it, or give each agent a name and data directory of its own`,
    );
  const mark = await listenAbstract(`longshore/network/${kind}/${owner}/${process.pid}`);
  mark?.unref();
  return mark;
}

/** Read from the kernel's list of sockets, so nobody is in it who is gone. */
export async function liveOwners(kind: MarkKind = 'owner'): Promise<readonly LiveOwner[]> {
  const sockets = await readFile('/proc/self/net/unix', 'utf8');
  return ownersIn(sockets, kind);
}

export function ownersIn(sockets: string, kind: MarkKind = 'owner'): readonly LiveOwner[] {
  const marks = sockets.matchAll(/ @longshore\/network\/(owner|remote)\/([A-Za-z0-9_-]{1,64})\/(\d+)@*$/gm);
  return [...marks].flatMap(([, shown, owner = '', pid]) => (shown === kind ? [{ owner, pid: Number(pid) }] : []));
}
