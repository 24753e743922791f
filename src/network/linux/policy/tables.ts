import { nft, run } from '../commands.ts';
import { liveOwners } from '../owners.ts';
import { deleteCommands } from './script.ts';

const prefix = 'longshore_policy_';

/** The table of what may pass to and from the interfaces of an agent. */
export function policyTable(owner: string): string {
  return `${prefix}${owner}`;
}

/**
 * Removes the tables of agents that neither live nor have an interface: they judge nobody. Under the machine's lock only.
 * @param kept owners whose tables stay
 */
export async function removeAbandonedTables(kept: readonly string[]): Promise<void> {
  const owners = ownersOf(await run('nft', ['list', 'tables', 'inet']));
  if (owners.every((owner) => kept.includes(owner))) return;
  const live = (await liveOwners()).map(({ owner }) => owner);
  const gone = owners.filter((owner) => !kept.includes(owner) && !live.includes(owner));
  await nft(
    gone
      .flatMap((owner) => deleteCommands(policyTable(owner)))
      .map((line) => `${line}\n`)
      .join(''),
  );
}

/** From what `nft list tables` prints. */
export function ownersOf(tables: string): readonly string[] {
  return [...tables.matchAll(/^table inet longshore_policy_([A-Za-z0-9_-]{1,64})$/gm)].map(([, owner = '']) => owner);
}
