import { describing, type Ec2Deps, type Ec2Handler } from '../core.ts';
import { chooseFew } from '../describe.ts';
import { notFound, notImplemented } from '../errors.ts';
import type { FilterFields } from '../filters.ts';
import { Networks } from '../networks.ts';
import { managedPrefixList, managedPrefixLists, recordOf } from '../prefix-lists.ts';
import { prefixLists, type PrefixListRecord } from '../records/prefix-list.ts';
import type { Scope } from '../records/scope.ts';
import { usersOf } from '../security-groups/prefix-list-rules.ts';
import { shownPrefixList } from '../security-groups/shown-prefix-list.ts';

const fields: FilterFields<PrefixListRecord> = {
  'owner-id': ({ account }) => [account],
  'prefix-list-id': ({ id }) => [id],
  'prefix-list-name': ({ name }) => [name],
};

/** The account's and AWS's. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeManagedPrefixLists.html */
export function describeManagedPrefixLists({ database }: Ec2Deps): Ec2Handler<'DescribeManagedPrefixLists'> {
  const networks = new Networks(database);
  return describing<'DescribeManagedPrefixLists'>((input, scope) => {
    const { items, next } = chooseFew(input, {
      items: [
        ...networks.all(prefixLists, scope),
        ...managedPrefixLists(scope.region).map((list) => recordOf(list, scope.region)),
      ],
      kind: 'prefixList',
      ids: input.PrefixListIds,
      idOf: ({ id }) => id,
      fields,
      maxResults: 100,
    });
    return { PrefixLists: items.map(shownPrefixList), ...next };
  });
}

function existing(networks: Networks, scope: Scope, id: string): PrefixListRecord {
  const managed = managedPrefixList(scope.region, id);
  const list = managed === undefined ? networks.get(prefixLists, scope, id) : recordOf(managed, scope.region);
  if (list === undefined) throw notFound('prefixList', id);
  return list;
}

/** Only the present version is kept. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetManagedPrefixListEntries.html */
export function getManagedPrefixListEntries({ database }: Ec2Deps): Ec2Handler<'GetManagedPrefixListEntries'> {
  const networks = new Networks(database);
  return describing<'GetManagedPrefixListEntries'>((input, scope) => {
    const list = existing(networks, scope, input.PrefixListId);
    if (input.TargetVersion !== undefined && input.TargetVersion !== list.version) {
      throw notImplemented(`Version ${input.TargetVersion} of a prefix list that is at version ${list.version}`);
    }
    const { items, next } = chooseFew(input, {
      items: list.entries,
      kind: 'prefixList',
      ids: undefined,
      idOf: ({ cidr }) => cidr,
      fields: {},
      maxResults: 100,
    });
    return {
      Entries: items.map(({ cidr, description }) => ({
        Cidr: cidr,
        ...(description === undefined ? {} : { Description: description }),
      })),
      ...next,
    };
  });
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetManagedPrefixListAssociations.html */
export function getManagedPrefixListAssociations({
  database,
}: Ec2Deps): Ec2Handler<'GetManagedPrefixListAssociations'> {
  const networks = new Networks(database);
  return describing<'GetManagedPrefixListAssociations'>((input, scope) => {
    const list = existing(networks, scope, input.PrefixListId);
    const { items, next } = chooseFew(input, {
      items: usersOf(networks, { ...scope, id: list.id }).map((id) => ({ id })),
      kind: 'prefixList',
      ids: undefined,
      idOf: ({ id }) => id,
      fields: {},
      maxResults: 255,
    });
    return {
      PrefixListAssociations: items.map(({ id }) => ({ ResourceId: id, ResourceOwner: scope.account })),
      ...next,
    };
  });
}
