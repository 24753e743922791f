import { InvalidArgument, messageOf } from '../kernel/index.ts';
import type { Log } from '../kernel/index.ts';
import type { Underlay } from '../network-protocol/index.ts';
import { findUnderlay, type UnderlayOptions } from '../network/linux/index.ts';

export { vxlanUses } from '../network-protocol/index.ts';

/** What the operator says of how other machines reach this one. */
export type UnderlayChoice = Pick<UnderlayOptions, 'address' | 'vxlan'>;

/** How other machines reach this one; undefined, and said, where they do not. @throws InvalidArgument for an address that it does not have */
export async function chosenUnderlay(options: UnderlayOptions, log: Log): Promise<Underlay | undefined> {
  const found = await findUnderlay(options).catch((error: unknown) => messageOf(error));
  if (typeof found === 'string') {
    if (options.address !== undefined) throw new InvalidArgument(`--underlay-address: ${found}`);
    log.info('tasks here and on other machines do not reach each other', { why: found });
    return undefined;
  }
  log.info('tasks on other machines are reached from here', { address: found.address, vxlan: found.vxlan });
  return found;
}
