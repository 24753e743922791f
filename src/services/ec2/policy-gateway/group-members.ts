import type { Database } from '../../../store/index.ts';
import { networkInterfaces, type NetworkInterfaceRecord } from '../records/network-interface.ts';

/** The members of a group, once for all machines that need them: an address, and how many interfaces have it (one, but while it changes hands). */
type Counts = Map<string, number>;

/** What a change of an interface means for a group. */
export interface MemberChange {
  readonly group: string;
  readonly address: string;
  readonly by: 1 | -1;
}

/** Addresses of groups. Those of a group are read from the tables once, and follow their changes until it is forgotten. */
export class GroupMembersIndex {
  readonly #database: Database;
  readonly #groups = new Map<string, Counts>();

  constructor(database: Database) {
    this.#database = database;
  }

  addresses(group: string): readonly string[] {
    return [...this.#counts(group).keys()];
  }

  has(group: string, address: string): boolean {
    return this.#counts(group).has(address);
  }

  forget(group: string): void {
    this.#groups.delete(group);
  }

  apply({ group, address, by }: MemberChange): void {
    const counts = this.#groups.get(group);
    if (counts === undefined) return;
    const count = (counts.get(address) ?? 0) + by;
    if (count === 0) counts.delete(address);
    else counts.set(address, count);
  }

  #counts(group: string): Counts {
    const known = this.#groups.get(group);
    if (known !== undefined) return known;
    const counts: Counts = new Map();
    const table = this.#database.table(networkInterfaces);
    for (const key of table.keys('group', group)) {
      const address = table.get(key)?.row.privateIpAddress;
      if (address !== undefined) counts.set(address, (counts.get(address) ?? 0) + 1);
    }
    this.#groups.set(group, counts);
    return counts;
  }
}

/** What becomes of groups when an interface comes, changes or goes. */
export function memberChanges(
  before: NetworkInterfaceRecord | undefined,
  after: NetworkInterfaceRecord | undefined,
): readonly MemberChange[] {
  const changes: MemberChange[] = [];
  const same = before?.privateIpAddress === after?.privateIpAddress;
  for (const group of new Set(after?.securityGroupIds)) {
    if (after === undefined || (same && before?.securityGroupIds.includes(group) === true)) continue;
    changes.push({ group, address: after.privateIpAddress, by: 1 });
  }
  for (const group of new Set(before?.securityGroupIds)) {
    if (before === undefined || (same && after?.securityGroupIds.includes(group) === true)) continue;
    changes.push({ group, address: before.privateIpAddress, by: -1 });
  }
  return changes;
}
