import { ApiError } from '../../../protocol/api/index.ts';
import { changing, type ChangeDeps, type Ec2Handler } from '../core.ts';
import { invalidCombination, invalidParameterValue, limitExceeded, missingParameter } from '../errors.ts';
import { placeOf } from '../idempotency.ts';
import { maxPrefixLists } from '../limits.ts';
import { prefixLists, type PrefixListRecord } from '../records/prefix-list.ts';
import { dependentObject } from '../security-groups/errors.ts';
import {
  changedEntries,
  checkListName,
  checkMaxEntries,
  listOf,
  readFamily,
  usersOf,
} from '../security-groups/prefix-list-rules.ts';
import { shownPrefixList } from '../security-groups/shown-prefix-list.ts';
import { tagsFor } from '../tags.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateManagedPrefixList.html */
export function createManagedPrefixList(deps: ChangeDeps): Ec2Handler<'CreateManagedPrefixList'> {
  const takes = [
    'PrefixListName',
    'MaxEntries',
    'AddressFamily',
    'Entries',
    'TagSpecifications',
    'ClientToken',
  ] as const;
  return changing<'CreateManagedPrefixList'>(deps, takes, (input, change) => {
    const place = placeOf(change, { table: prefixLists, prefix: 'pl', input });
    if ('earlier' in place) return { PrefixList: shownPrefixList(place.earlier) };
    const { PrefixListName: name, MaxEntries: maxEntries, Entries: add = [] } = input;
    checkListName(name);
    checkMaxEntries(maxEntries);
    if (change.networks.all(prefixLists, change.scope).length >= maxPrefixLists) {
      throw limitExceeded('PrefixListLimitExceeded', 'prefix lists');
    }
    const addressFamily = readFamily(input.AddressFamily);
    const list: PrefixListRecord = {
      ...change.scope,
      id: place.id,
      ...place.idempotent,
      name,
      addressFamily,
      maxEntries,
      version: 1,
      entries: changedEntries({ addressFamily, maxEntries, entries: [] }, { add }),
      isModified: false,
      tags: tagsFor('prefix-list', input.TagSpecifications),
    };
    change.writer.create(prefixLists, list);
    return { PrefixList: shownPrefixList(list) };
  });
}

/** Either entries or how many there may be. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyManagedPrefixList.html */
export function modifyManagedPrefixList(deps: ChangeDeps): Ec2Handler<'ModifyManagedPrefixList'> {
  const takes = [
    'PrefixListId',
    'CurrentVersion',
    'PrefixListName',
    'AddEntries',
    'RemoveEntries',
    'MaxEntries',
  ] as const;
  return changing<'ModifyManagedPrefixList'>(deps, takes, (input, change) => {
    const list = listOf(change, input.PrefixListId);
    const { AddEntries: add = [], RemoveEntries: remove = [], CurrentVersion, MaxEntries } = input;
    const hasEntries = add.length + remove.length > 0;
    if (hasEntries && MaxEntries !== undefined) {
      throw invalidCombination(
        'You cannot modify the entries and the maximum entries for the prefix list in the same request.',
      );
    }
    if (hasEntries && CurrentVersion === undefined) throw missingParameter('currentVersion');
    if (CurrentVersion !== undefined && CurrentVersion !== list.version) {
      throw new ApiError('PrefixListVersionMismatch', 'The prefix list has the incorrect version number.');
    }
    if (input.PrefixListName !== undefined) checkListName(input.PrefixListName);
    if (MaxEntries !== undefined) checkSize(list, MaxEntries);
    const changed: PrefixListRecord = {
      ...list,
      name: input.PrefixListName ?? list.name,
      maxEntries: MaxEntries ?? list.maxEntries,
      entries: changedEntries(list, { add, remove }),
      version: list.version + (hasEntries ? 1 : 0),
      isModified: true,
    };
    change.writer.put(prefixLists, changed);
    return { PrefixList: shownPrefixList(changed) };
  });
}

function checkSize({ entries }: PrefixListRecord, maxEntries: number): void {
  checkMaxEntries(maxEntries);
  if (maxEntries < entries.length) {
    throw invalidParameterValue(`The prefix list has ${entries.length} entries, more than ${maxEntries}.`);
  }
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteManagedPrefixList.html */
export function deleteManagedPrefixList(deps: ChangeDeps): Ec2Handler<'DeleteManagedPrefixList'> {
  return changing<'DeleteManagedPrefixList'>(deps, ['PrefixListId'], ({ PrefixListId }, change) => {
    const list = listOf(change, PrefixListId);
    if (usersOf(change.networks, list).length > 0) throw dependentObject(list.id);
    change.writer.delete(prefixLists, list.id);
    return { PrefixList: { ...shownPrefixList(list), State: 'delete-complete' } };
  });
}
