import {
  changed,
  create,
  instanceProfileKind,
  keyOf,
  needed,
  newEntity,
  presentRows,
  roleKind,
  touched,
  type IamDeps,
  type IamHandler,
} from '../core.ts';
import { deleteConflict, noSuchEntity, quotaExceeded } from '../errors.ts';
import { pageOf, pageOfList, rowsWith } from '../pages.ts';
import { entityKey, instanceProfiles } from '../records/entities.ts';
import { shownInstanceProfile } from '../shown.ts';
import { addedTags } from '../tags.ts';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html */
export function createInstanceProfile(deps: IamDeps): IamHandler<'CreateInstanceProfile'> {
  const { db } = deps;
  return async ({ InstanceProfileName: name, Path: path, Tags }, { account }) => {
    const { result } = await db.transact((tx) => {
      const row = {
        ...newEntity(deps, instanceProfileKind, { account, name, path }),
        tags: addedTags([], Tags),
        roles: [],
      };
      create(tx, db, instanceProfileKind, row);
      return row;
    });
    return { InstanceProfile: shownInstanceProfile(db, result) };
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetInstanceProfile.html */
export function getInstanceProfile({ db }: IamDeps): IamHandler<'GetInstanceProfile'> {
  return ({ InstanceProfileName: name }, { account }) => ({
    InstanceProfile: shownInstanceProfile(db, needed(presentRows(db), instanceProfileKind, account, name)),
  });
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html */
export function listInstanceProfiles({ db }: IamDeps): IamHandler<'ListInstanceProfiles'> {
  return (input, { account }) => {
    const { items, rest } = pageOf(db, instanceProfileKind, account, input);
    return { InstanceProfiles: items.map((row) => shownInstanceProfile(db, row)), ...rest };
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html */
export function listInstanceProfilesForRole({ db }: IamDeps): IamHandler<'ListInstanceProfilesForRole'> {
  return ({ RoleName, ...page }, { account }) => {
    needed(presentRows(db), roleKind, account, RoleName);
    const rows = rowsWith(db, instanceProfiles, 'role', entityKey('', account, RoleName));
    const { items, rest } = pageOfList(rows, ({ name }) => name, page);
    return { InstanceProfiles: items.map((row) => shownInstanceProfile(db, row)), ...rest };
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteInstanceProfile.html */
export function deleteInstanceProfile({ db }: IamDeps): IamHandler<'DeleteInstanceProfile'> {
  return async ({ InstanceProfileName: name }, { account }) => {
    await db.transact((tx) => {
      if (needed(tx, instanceProfileKind, account, name).roles.length > 0) {
        throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.');
      }
      tx.delete(instanceProfiles, keyOf(instanceProfileKind, account, name));
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html */
export function addRoleToInstanceProfile({ db }: IamDeps): IamHandler<'AddRoleToInstanceProfile'> {
  return async ({ InstanceProfileName: name, RoleName: roleName }, { account }) => {
    await db.transact((tx) => {
      needed(tx, instanceProfileKind, account, name);
      const role = changed(tx, roleKind, [account, roleName], touched);
      changed(tx, instanceProfileKind, [account, name], (row) => {
        if (row.roles.length > 0) throw quotaExceeded('InstanceSessionsPerInstanceProfile', 1);
        return { ...row, roles: [role.name] };
      });
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveRoleFromInstanceProfile.html */
export function removeRoleFromInstanceProfile({ db }: IamDeps): IamHandler<'RemoveRoleFromInstanceProfile'> {
  return async ({ InstanceProfileName: name, RoleName: roleName }, { account }) => {
    await db.transact((tx) => {
      changed(tx, instanceProfileKind, [account, name], (row) => {
        if (!row.roles.some((one) => one.toLowerCase() === roleName.toLowerCase())) {
          throw noSuchEntity(`The role with name ${roleName} is not in instance profile ${name}.`);
        }
        return { ...row, roles: [] };
      });
    });
    return {};
  };
}
