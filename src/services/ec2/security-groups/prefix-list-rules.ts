import { ApiError } from '../../../protocol/api/index.ts';
import type { AddPrefixListEntry, RemovePrefixListEntry } from '../../../protocol/generated/ec2.ts';
import type { Change } from '../core.ts';
import { invalidParameterValue, notFound } from '../errors.ts';
import { maxEntriesInRequest, maxPrefixListEntries } from '../limits.ts';
import type { Networks } from '../networks.ts';
import { prefixLists, type PrefixListEntry, type PrefixListRecord } from '../records/prefix-list.ts';
import { routeTables } from '../records/route-table.ts';
import { securityGroups } from '../records/security-group.ts';
import { canonicalIpv4, canonicalIpv6 } from './cidr.ts';
import { malformedCidr } from './errors.ts';

export function listOf({ writer }: Change, id: string): PrefixListRecord {
  const list = writer.get(prefixLists, id);
  if (list === undefined) throw notFound('prefixList', id);
  return list;
}

export function readFamily(text: string): PrefixListRecord['addressFamily'] {
  if (text === 'IPv4' || text === 'IPv6') return text;
  throw invalidParameterValue(
    `Value (${text}) for parameter addressFamily is invalid. Valid values are IPv4 and IPv6.`,
  );
}

export function checkListName(name: string): void {
  if (name === '' || name.length > 255 || name.startsWith('com.amazonaws')) {
    throw invalidParameterValue(
      `Value (${name}) for parameter prefixListName is invalid. Names have up to 255 characters and cannot start with com.amazonaws.`,
    );
  }
}

export function checkMaxEntries(maxEntries: number): void {
  if (maxEntries >= 1 && maxEntries <= maxPrefixListEntries) return;
  throw invalidParameterValue(
    `Value (${maxEntries}) for parameter maxEntries is invalid. It must be between 1 and ${maxPrefixListEntries}.`,
  );
}

/**
 * The entries after a change: first what goes, then what comes.
 * @throws InvalidParameterValue, PrefixListMaxEntriesExceeded
 */
export function changedEntries(
  { addressFamily, maxEntries, entries }: Pick<PrefixListRecord, 'addressFamily' | 'maxEntries' | 'entries'>,
  {
    add = [],
    remove = [],
  }: { readonly add?: readonly AddPrefixListEntry[]; readonly remove?: readonly RemovePrefixListEntry[] },
): readonly PrefixListEntry[] {
  if (add.length > maxEntriesInRequest || remove.length > maxEntriesInRequest) {
    throw invalidParameterValue(`The number of entries per request cannot exceed ${maxEntriesInRequest}.`);
  }
  const canonical = addressFamily === 'IPv4' ? canonicalIpv4 : canonicalIpv6;
  const read = (text: string): string => {
    const cidr = canonical(text);
    if (cidr === undefined) throw malformedCidr(text);
    return cidr;
  };
  const changed = new Map(entries.map((entry) => [entry.cidr, entry]));
  for (const { Cidr } of remove) {
    if (!changed.delete(read(Cidr))) throw invalidParameterValue(`The prefix list has no entry ${Cidr}`);
  }
  for (const { Cidr, Description = '' } of add) {
    if (Description.length > 255) throw invalidParameterValue('An entry description has up to 255 characters');
    const cidr = read(Cidr);
    changed.set(cidr, { cidr, ...(Description === '' ? {} : { description: Description }) });
  }
  if (changed.size > maxEntries) {
    throw new ApiError(
      'PrefixListMaxEntriesExceeded',
      `The prefix list would have ${changed.size} entries, more than its maximum of ${maxEntries}.`,
    );
  }
  return [...changed.values()];
}

/** Groups and route tables that name a prefix list. */
export function usersOf(
  networks: Networks,
  list: Pick<PrefixListRecord, 'account' | 'region' | 'id'>,
): readonly string[] {
  const groups = networks
    .all(securityGroups, list)
    .filter(({ rules }) => rules.some(({ peer }) => 'prefixListId' in peer && peer.prefixListId === list.id));
  const tables = networks
    .all(routeTables, list)
    .filter(({ routes }) => routes.some(({ destination }) => destination === list.id));
  return [...groups, ...tables].map(({ id }) => id);
}
