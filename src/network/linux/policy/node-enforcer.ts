import { messageOf } from '../../../kernel/index.ts';
import type { Underlay } from '../../../network-protocol/index.ts';
import { checkOwner, emptyPicture, type PolicyEnforcer } from '../../index.ts';
import { nft, run } from '../commands.ts';
import { MachineLock } from '../machine-lock.ts';
import { removeRemoteRoutes } from '../remote/kernel-routes.ts';
import { RemoteNetwork } from '../remote/remote-network.ts';
import { deleteCommands, freshCommands } from './script.ts';
import { TableEnforcer, type TableEnforcerOptions } from './table-enforcer.ts';

export interface NodeEnforcerOptions extends Omit<TableEnforcerOptions, 'table'> {
  /** Tells several installations of one machine apart: letters, digits, _ and - */
  readonly owner: string;
  /** Further addresses at which an interface's security groups hold. */
  aliases(interfaceId: string): readonly string[];
  /** How other machines reach this one; absent: tasks there are not reached. */
  readonly underlay?: Underlay | undefined;
}

/** What may pass to and from load balancers' nodes, and the way from them to tasks on other machines. */
export interface NodeEnforcer extends PolicyEnforcer, Pick<TableEnforcer, 'guard' | 'forget'> {
  /** Removes all of it. */
  destroy(): Promise<void>;
}

/** Another name than that of an agent, which may have the same one. */
const remoteOwner = (owner: string): string => `nodes_${owner}`.slice(0, longestOwner);
const longestOwner = 64;
const table = (owner: string): string => `longshore_nodes_${owner}`;

/**
 * What may pass to and from interfaces whose addresses are the machine's own: load balancers' nodes. A process of the machine that calls one by
 * its address is taken for 127.0.0.1.
 * @returns instead of it why this machine cannot enforce anything, a sentence
 */
export async function openNodeEnforcer(options: NodeEnforcerOptions): Promise<NodeEnforcer | string> {
  checkOwner(options.owner);
  const spec = { name: table(options.owner), onMachine: { aliases: options.aliases } };
  try {
    // Only checked by the kernel, not kept.
    await run(
      'nft',
      ['-c', '-f', '-'],
      freshCommands(spec, emptyPicture)
        .map((line) => `${line}\n`)
        .join(''),
    );
  } catch (thrown) {
    return `it needs root (CAP_NET_ADMIN) and nftables: ${messageOf(thrown)}`;
  }
  const { owner, log, underlay } = options;
  const tables = new TableEnforcer({ ...options, table: spec });
  const remote =
    underlay && new RemoteNetwork({ owner: remoteOwner(owner), underlay, lock: new MachineLock(), alone: true, log });
  return {
    guard: (wired) => tables.guard(wired),
    forget: (ids) => tables.forget(ids),
    async apply(change) {
      await tables.apply(change);
      await remote?.apply(change);
    },
    async destroy() {
      await remote?.destroy();
      await tables.destroy();
    },
  };
}

/** Removes what a process that was killed left. */
export async function removeNodeEnforcer(owner: string): Promise<void> {
  await new MachineLock().run(() => removeRemoteRoutes(remoteOwner(owner)));
  await nft(
    deleteCommands(table(owner))
      .map((line) => `${line}\n`)
      .join(''),
  );
}
