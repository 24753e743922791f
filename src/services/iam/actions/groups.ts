import {
  changed,
  create,
  found,
  groupKind,
  keyOf,
  needed,
  newEntity,
  presentRows,
  touched,
  userKind,
  type IamDeps,
  type IamHandler,
} from '../core.ts';
import { alreadyExists, deleteConflict, quotaExceeded } from '../errors.ts';
import { quotas } from '../limits.ts';
import { pageOf, pageOfList, rowsWith } from '../pages.ts';
import { entityKey, groups, users } from '../records/entities.ts';
import { shownGroup, shownUser } from '../shown.ts';

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html */
export function createGroup(deps: IamDeps): IamHandler<'CreateGroup'> {
  const { db } = deps;
  return async ({ GroupName: name, Path: path }, { account }) => {
    const { result } = await db.transact((tx) => {
      const row = { ...newEntity(deps, groupKind, { account, name, path }), tags: [], inline: [], attached: [] };
      create(tx, db, groupKind, row);
      return row;
    });
    return { Group: shownGroup(result) };
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroup.html */
export function getGroup({ db }: IamDeps): IamHandler<'GetGroup'> {
  return ({ GroupName: name, ...page }, { account }) => {
    const group = needed(presentRows(db), groupKind, account, name);
    const members = rowsWith(db, users, 'group', entityKey('', account, name));
    const { items, rest } = pageOfList(members, (row) => row.name, page);
    return { Group: shownGroup(group), Users: items.map((row) => shownUser(row, { tags: false })), ...rest };
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html */
export function listGroups({ db }: IamDeps): IamHandler<'ListGroups'> {
  return (input, { account }) => {
    const { items, rest } = pageOf(db, groupKind, account, input);
    return { Groups: items.map(shownGroup), ...rest };
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupsForUser.html */
export function listGroupsForUser({ db }: IamDeps): IamHandler<'ListGroupsForUser'> {
  return ({ UserName: name, ...page }, { account }) => {
    const rows = presentRows(db);
    const { items, rest } = pageOfList(needed(rows, userKind, account, name).groups, (group) => group, page);
    return { Groups: items.map((group) => shownGroup(needed(rows, groupKind, account, group))), ...rest };
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html */
export function updateGroup({ db }: IamDeps): IamHandler<'UpdateGroup'> {
  return async ({ GroupName: name, NewGroupName: newName = name, NewPath: path }, { account }) => {
    await db.transact((tx) => {
      const row = needed(tx, groupKind, account, name);
      const after = { ...row, name: newName, path: path ?? row.path };
      const key = keyOf(groupKind, account, newName);
      if (key === keyOf(groupKind, account, name)) return tx.put(groups, key, after);
      if (found(tx, groupKind, account, newName) !== undefined) throw alreadyExists(groupKind.exists(newName));
      tx.delete(groups, keyOf(groupKind, account, name));
      tx.create(groups, key, after);
      for (const userKey of db.table(users).keys('group', entityKey('', account, name))) {
        const user = tx.get(users, userKey);
        if (user === undefined) continue;
        tx.put(users, userKey, { ...user, groups: user.groups.map((one) => (same(one, name) ? newName : one)) });
      }
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html */
export function deleteGroup({ db }: IamDeps): IamHandler<'DeleteGroup'> {
  return async ({ GroupName: name }, { account }) => {
    await db.transact((tx) => {
      const { inline, attached } = needed(tx, groupKind, account, name);
      if (attached.length > 0) throw deleteConflict('Cannot delete entity, must detach all policies first.');
      if (inline.length > 0) throw deleteConflict('Cannot delete entity, must delete policies first.');
      if (db.table(users).count('group', entityKey('', account, name)) > 0) {
        throw deleteConflict('Cannot delete entity, must remove users from group first.');
      }
      tx.delete(groups, keyOf(groupKind, account, name));
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html */
export function addUserToGroup({ db }: IamDeps): IamHandler<'AddUserToGroup'> {
  return async ({ GroupName: groupName, UserName: userName }, { account }) => {
    await db.transact((tx) => {
      const group = changed(tx, groupKind, [account, groupName], touched);
      changed(tx, userKind, [account, userName], (user) => {
        if (user.groups.some((one) => same(one, group.name))) return user;
        if (user.groups.length >= quotas.groupsPerUser) throw quotaExceeded('GroupsPerUser', quotas.groupsPerUser);
        return { ...user, groups: [...user.groups, group.name] };
      });
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveUserFromGroup.html */
export function removeUserFromGroup({ db }: IamDeps): IamHandler<'RemoveUserFromGroup'> {
  return async ({ GroupName: groupName, UserName: userName }, { account }) => {
    await db.transact((tx) => {
      needed(tx, groupKind, account, groupName);
      changed(tx, userKind, [account, userName], (user) => ({
        ...user,
        groups: user.groups.filter((one) => !same(one, groupName)),
      }));
    });
    return {};
  };
}
