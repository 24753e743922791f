import {
  changed,
  create,
  found,
  keyOf,
  needed,
  newEntity,
  presentRows,
  roleKind,
  type IamDeps,
  type IamHandler,
} from '../core.ts';
import { deleteConflict, unmodifiable } from '../errors.ts';
import { isFurniture } from '../furniture.ts';
import { checkedBoundary } from '../holders.ts';
import { minSessionSeconds } from '../limits.ts';
import { pageOf } from '../pages.ts';
import { entityKey, instanceProfiles, roles, type RoleRecord } from '../records/entities.ts';
import { shownRole } from '../shown.ts';
import { addedTags } from '../tags.ts';
import { readTrust } from '../trust.ts';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
export function createRole(deps: IamDeps): IamHandler<'CreateRole'> {
  const { db } = deps;
  return async (input, { account }) => {
    const { RoleName: name, Path: path, PermissionsBoundary: boundary, Description: description } = input;
    const { result } = await db.transact((tx) => {
      const row: RoleRecord = {
        ...newEntity(deps, roleKind, { account, name, path }),
        ...readTrust(tx, input.AssumeRolePolicyDocument),
        tags: addedTags([], input.Tags),
        inline: [],
        attached: [],
        maxSessionSeconds: input.MaxSessionDuration ?? minSessionSeconds,
        ...(description === undefined ? {} : { description }),
        ...(boundary === undefined ? {} : { boundary }),
      };
      if (boundary !== undefined) checkedBoundary(tx, account, boundary);
      const earlier = found(tx, roleKind, account, name);
      if (earlier !== undefined && isFurniture(earlier)) tx.put(roles, keyOf(roleKind, account, name), row);
      else create(tx, db, roleKind, row);
      return row;
    });
    return { Role: shownRole(db, result) };
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html */
export function getRole({ db }: IamDeps): IamHandler<'GetRole'> {
  return ({ RoleName }, { account }) => ({
    Role: shownRole(db, needed(presentRows(db), roleKind, account, RoleName)),
  });
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html */
export function listRoles({ db }: IamDeps): IamHandler<'ListRoles'> {
  return (input, { account }) => {
    const { items, rest } = pageOf(db, roleKind, account, input);
    return { Roles: items.map((row) => shownRole(db, row, { tags: false })), ...rest };
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html */
export function updateAssumeRolePolicy({ db }: IamDeps): IamHandler<'UpdateAssumeRolePolicy'> {
  return async ({ RoleName, PolicyDocument: document }, { account }) => {
    await db.transact((tx) =>
      changed(tx, roleKind, [account, RoleName], (row) => ({ ...row, ...readTrust(tx, document) })),
    );
    return {};
  };
}

/** A service-linked role may get another description, and nothing else. */
function described(row: RoleRecord, description: string | undefined, maxSessionSeconds?: number): RoleRecord {
  if (row.linkedTo !== undefined && maxSessionSeconds !== undefined) throw unmodifiable(row.name);
  return {
    ...row,
    ...(description === undefined ? {} : { description }),
    ...(maxSessionSeconds === undefined ? {} : { maxSessionSeconds }),
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html */
export function updateRole({ db }: IamDeps): IamHandler<'UpdateRole'> {
  return async ({ RoleName: name, Description, MaxSessionDuration }, { account }) => {
    await db.transact((tx) => {
      const row = needed(tx, roleKind, account, name);
      tx.put(roles, keyOf(roleKind, account, name), described(row, Description, MaxSessionDuration));
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html */
export function updateRoleDescription({ db }: IamDeps): IamHandler<'UpdateRoleDescription'> {
  return async ({ RoleName: name, Description }, { account }) => {
    const { result } = await db.transact((tx) => {
      const row = described(needed(tx, roleKind, account, name), Description);
      tx.put(roles, keyOf(roleKind, account, name), row);
      return row;
    });
    return { Role: shownRole(db, result) };
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html */
export function deleteRole({ db }: IamDeps): IamHandler<'DeleteRole'> {
  return async ({ RoleName: name }, { account }) => {
    await db.transact((tx) => {
      const { inline, attached, linkedTo } = needed(tx, roleKind, account, name);
      if (linkedTo !== undefined) throw unmodifiable(name);
      if (attached.length > 0) throw deleteConflict('Cannot delete entity, must detach all policies first.');
      if (inline.length > 0) throw deleteConflict('Cannot delete entity, must delete policies first.');
      if (db.table(instanceProfiles).count('role', entityKey('', account, name)) > 0) {
        throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.');
      }
      tx.delete(roles, keyOf(roleKind, account, name));
    });
    return {};
  };
}
