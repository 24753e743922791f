import { messageOf } from '../../../kernel/index.ts';
import { checkOwner, emptyPicture } from '../../index.ts';
import { nft, run } from '../commands.ts';
import { deleteCommands, freshCommands } from './script.ts';
import { TableEnforcer, type TableEnforcerOptions } from './table-enforcer.ts';

export interface NodeEnforcerOptions extends Omit<TableEnforcerOptions, 'table'> {
  /** Tells several installations of one machine apart: letters, digits, _ and - */
  readonly owner: string;
  /** Further addresses at which an interface's security groups hold. */
  aliases(interfaceId: string): readonly string[];
}

const table = (owner: string): string => `longshore_nodes_${owner}`;

/**
 * What may pass to and from interfaces whose addresses are the machine's own: load balancers' nodes. A process of the machine that calls one by
 * its address is taken for 127.0.0.1.
 * @returns instead of it why this machine cannot enforce anything, a sentence
 */
export async function openNodeEnforcer(options: NodeEnforcerOptions): Promise<TableEnforcer | string> {
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
  return new TableEnforcer({ ...options, table: spec });
}

/** Removes what a process that was killed left. */
export async function removeNodeEnforcer(owner: string): Promise<void> {
  await nft(
    deleteCommands(table(owner))
      .map((line) => `${line}\n`)
      .join(''),
  );
}
