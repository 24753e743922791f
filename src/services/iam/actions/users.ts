import type { RequestContext } from '../../../protocol/api/index.ts';
import {
  create,
  found,
  keyOf,
  needed,
  newEntity,
  presentRows,
  userKind,
  type IamDeps,
  type IamHandler,
} from '../core.ts';
import { alreadyExists, deleteConflict, validationError } from '../errors.ts';
import { checkedBoundary } from '../holders.ts';
import { pageOf } from '../pages.ts';
import { accessKeys } from '../records/access-key.ts';
import { entityKey, users } from '../records/entities.ts';
import { shownUser } from '../shown.ts';
import { addedTags } from '../tags.ts';

/** The user that is meant: the one named, else the caller. @throws ValidationError when the caller is no user */
export function meantUser(name: string | undefined, { caller }: RequestContext): string {
  if (name !== undefined) return name;
  if (caller.principal?.type === 'user') return caller.principal.name;
  throw validationError('Must specify userName when calling with non-User credentials');
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html */
export function createUser(deps: IamDeps): IamHandler<'CreateUser'> {
  const { db } = deps;
  return async ({ UserName: name, Path: path, PermissionsBoundary: boundary, Tags }, { account }) => {
    const { result } = await db.transact((tx) => {
      if (boundary !== undefined) checkedBoundary(tx, account, boundary);
      const row = {
        ...newEntity(deps, userKind, { account, name, path }),
        tags: addedTags([], Tags),
        inline: [],
        attached: [],
        groups: [],
        ...(boundary === undefined ? {} : { boundary }),
      };
      create(tx, db, userKind, row);
      return row;
    });
    return { User: shownUser(result) };
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html */
export function getUser({ db }: IamDeps): IamHandler<'GetUser'> {
  return ({ UserName }, context) => ({
    User: shownUser(needed(presentRows(db), userKind, context.account, meantUser(UserName, context))),
  });
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html */
export function listUsers({ db }: IamDeps): IamHandler<'ListUsers'> {
  return (input, { account }) => {
    const { items, rest } = pageOf(db, userKind, account, input);
    return { Users: items.map((row) => shownUser(row, { tags: false })), ...rest };
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html */
export function updateUser({ db }: IamDeps): IamHandler<'UpdateUser'> {
  return async ({ UserName: name, NewUserName: newName = name, NewPath: path }, { account }) => {
    await db.transact((tx) => {
      const row = needed(tx, userKind, account, name);
      const after = { ...row, name: newName, path: path ?? row.path };
      const key = keyOf(userKind, account, newName);
      if (key === keyOf(userKind, account, name)) return tx.put(users, key, after);
      if (found(tx, userKind, account, newName) !== undefined) throw alreadyExists(userKind.exists(newName));
      tx.delete(users, keyOf(userKind, account, name));
      tx.create(users, key, after);
      for (const keyName of db.table(accessKeys).keys('user', entityKey('', account, name))) {
        const accessKey = tx.get(accessKeys, keyName);
        if (accessKey !== undefined) tx.put(accessKeys, keyName, { ...accessKey, userName: newName });
      }
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html */
export function deleteUser({ db }: IamDeps): IamHandler<'DeleteUser'> {
  return async ({ UserName: name }, { account }) => {
    await db.transact((tx) => {
      const { inline, attached, groups } = needed(tx, userKind, account, name);
      if (attached.length > 0) throw deleteConflict('Cannot delete entity, must detach all policies first.');
      if (inline.length > 0) throw deleteConflict('Cannot delete entity, must delete policies first.');
      if (groups.length > 0) throw deleteConflict('Cannot delete entity, must remove user from groups first.');
      if (db.table(accessKeys).count('user', entityKey('', account, name)) > 0) {
        throw deleteConflict('Cannot delete entity, must delete access keys first.');
      }
      tx.delete(users, keyOf(userKind, account, name));
    });
    return {};
  };
}
