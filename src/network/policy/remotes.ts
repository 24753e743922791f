import type { PolicyMessage, RemoteChange, Underlay } from '../../network-protocol/index.ts';

/** The machine of each address that is on one, by VPC. */
export type Remotes = ReadonlyMap<string, ReadonlyMap<string, Underlay>>;

export const noRemotes: Remotes = new Map();

type Change = Pick<PolicyMessage, 'remotes' | 'removedVpcs'>;

/** Where addresses are after a change. */
export function changedRemotes(before: Remotes, { remotes, removedVpcs }: Change): Remotes {
  if (remotes.length + removedVpcs.length === 0) return before;
  const after = new Map(before);
  for (const id of removedVpcs) after.delete(id);
  for (const { vpcId, whole, at, gone } of remotes) {
    const addresses = new Map(whole ? [] : after.get(vpcId));
    for (const address of gone) addresses.delete(address);
    for (const one of at) for (const address of one.addresses) addresses.set(address, one.machine);
    after.set(vpcId, addresses);
  }
  return after;
}

/** A change that brings all of them. */
export function wholeRemotes(remotes: Remotes): readonly RemoteChange[] {
  return [...remotes].map(([vpcId, addresses]) => {
    const machines = new Map<string, { readonly machine: Underlay; readonly addresses: string[] }>();
    for (const [address, machine] of addresses) {
      const key = `${machine.address} ${machine.vxlan}`;
      const known = machines.get(key);
      if (known === undefined) machines.set(key, { machine, addresses: [address] });
      else known.addresses.push(address);
    }
    return { vpcId, whole: true, at: [...machines.values()], gone: [] };
  });
}

/** The addresses whose machine may be another one after a change than before. */
export function movedAddresses(before: Remotes, { remotes, removedVpcs }: Change): ReadonlySet<string> {
  const moved = new Set<string>();
  const all = (vpcId: string): void => {
    for (const address of before.get(vpcId)?.keys() ?? []) moved.add(address);
  };
  for (const id of removedVpcs) all(id);
  for (const { vpcId, whole, at, gone } of remotes) {
    if (whole) all(vpcId);
    for (const address of [...gone, ...at.flatMap(({ addresses }) => addresses)]) moved.add(address);
  }
  return moved;
}
