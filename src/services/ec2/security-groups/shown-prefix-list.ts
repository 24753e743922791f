import { formatArn } from '../../../kernel/index.ts';
import type { ManagedPrefixList } from '../../../protocol/generated/ec2.ts';
import { awsOwner } from '../prefix-lists.ts';
import type { PrefixListRecord } from '../records/prefix-list.ts';
import { tagList } from '../tags.ts';

/** AWS's own have no version, and no bound. */
export function shownPrefixList(list: PrefixListRecord): ManagedPrefixList {
  const isAws = list.account === awsOwner;
  return {
    PrefixListId: list.id,
    PrefixListName: list.name,
    PrefixListArn: formatArn('ec2', list.region, isAws ? 'aws' : list.account, `prefix-list/${list.id}`),
    AddressFamily: list.addressFamily,
    State: list.isModified ? 'modify-complete' : 'create-complete',
    ...(isAws ? {} : { MaxEntries: list.maxEntries, Version: list.version }),
    OwnerId: list.account,
    Tags: tagList(list),
  };
}
