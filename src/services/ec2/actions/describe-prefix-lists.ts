import { describing, type Ec2Handler } from '../core.ts';
import { chooseFew } from '../describe.ts';
import type { FilterFields } from '../filters.ts';
import { managedPrefixLists, type ManagedPrefixList } from '../prefix-lists.ts';

const fields: FilterFields<ManagedPrefixList> = {
  'prefix-list-id': ({ id }) => [id],
  'prefix-list-name': ({ name }) => [name],
};

/** Those that AWS keeps, of the services that gateway endpoints lead to. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribePrefixLists.html */
export function describePrefixLists(): Ec2Handler<'DescribePrefixLists'> {
  return describing<'DescribePrefixLists'>((input, { region }) => {
    const { items, next } = chooseFew(input, {
      items: managedPrefixLists(region),
      kind: 'prefixList',
      ids: input.PrefixListIds,
      idOf: ({ id }) => id,
      fields,
    });
    const shown = items.map(({ id, name, cidrs }) => ({ PrefixListId: id, PrefixListName: name, Cidrs: [...cidrs] }));
    return { PrefixLists: shown, ...next };
  });
}
