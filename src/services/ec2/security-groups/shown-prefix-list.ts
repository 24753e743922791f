import { formatArn } from '../../../kernel/index.ts';
import type { ManagedPrefixList } from '../../../protocol/generated/ec2.ts';
import type { PrefixListRecord } from '../records/prefix-list.ts';
import { tagList } from '../tags.ts';

export function shownPrefixList(list: PrefixListRecord): ManagedPrefixList {
  return {
    PrefixListId: list.id,
    PrefixListName: list.name,
    PrefixListArn: formatArn('ec2', list.region, list.account, `prefix-list/${list.id}`),
    AddressFamily: list.addressFamily,
    State: list.isModified ? 'modify-complete' : 'create-complete',
    MaxEntries: list.maxEntries,
    Version: list.version,
    OwnerId: list.account,
    Tags: tagList(list),
  };
}
