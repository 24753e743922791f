import { ApiError } from '../../../protocol/api/index.ts';
import type { Transaction } from '../../../store/index.ts';
import {
  create,
  keyOf,
  newEntity,
  policyKind,
  presentRows,
  readDocument,
  type IamDeps,
  type IamHandler,
} from '../core.ts';
import { deleteConflict, limitExceeded, noSuchEntity } from '../errors.ts';
import { neededPolicy } from '../holders.ts';
import { quotas } from '../limits.ts';
import { pageOfList } from '../pages.ts';
import { policies, type PolicyRecord } from '../records/policy.ts';
import { policyUses, shownManagedPolicy, shownPolicy, shownVersion, versionsOf } from '../shown.ts';
import { addedTags } from '../tags.ts';

/** A managed policy that the account may change. @throws NoSuchEntity, AccessDenied */
export function ownPolicy(tx: Pick<Transaction, 'get'>, account: string, arn: string): PolicyRecord {
  const policy = neededPolicy(tx, account, arn);
  if ('versions' in policy) return policy;
  throw new ApiError('AccessDenied', `${arn} is managed by AWS and cannot be changed`, { status: 403 });
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html */
export function createPolicy(deps: IamDeps): IamHandler<'CreatePolicy'> {
  const { db, clock } = deps;
  return async ({ PolicyName: name, PolicyDocument: document, Path: path, Description, Tags }, { account }) => {
    readDocument(document, 'managed', { of: 'managed' });
    const { result } = await db.transact((tx) => {
      const nowMs = clock.nowMs();
      const row: PolicyRecord = {
        ...newEntity(deps, policyKind, { account, name, path }),
        tags: addedTags([], Tags),
        ...(Description === undefined ? {} : { description: Description }),
        versions: [{ id: 'v1', document, createdAtMs: nowMs }],
        defaultVersion: 'v1',
        newest: 1,
        updatedAtMs: nowMs,
      };
      create(tx, db, policyKind, row);
      return row;
    });
    return { Policy: shownPolicy(db, result) };
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html */
export function getPolicy({ db }: IamDeps): IamHandler<'GetPolicy'> {
  return ({ PolicyArn: arn }, { account }) => {
    const policy = neededPolicy(presentRows(db), account, arn);
    return { Policy: 'versions' in policy ? shownPolicy(db, policy) : shownManagedPolicy(db, policy, account) };
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html */
export function deletePolicy({ db }: IamDeps): IamHandler<'DeletePolicy'> {
  return async ({ PolicyArn: arn }, { account }) => {
    await db.transact((tx) => {
      const row = ownPolicy(tx, account, arn);
      const uses = policyUses(db, account, arn);
      if (uses.attached + uses.bounds > 0) throw deleteConflict('Cannot delete a policy attached to entities.');
      if (row.versions.length > 1) {
        throw deleteConflict(
          "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        );
      }
      tx.delete(policies, keyOf(policyKind, account, row.name));
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html */
export function createPolicyVersion({ db, clock }: IamDeps): IamHandler<'CreatePolicyVersion'> {
  return async ({ PolicyArn: arn, PolicyDocument: document, SetAsDefault: isDefault }, { account }) => {
    readDocument(document, 'managed', { of: 'managed' });
    const { result } = await db.transact((tx) => {
      const row = ownPolicy(tx, account, arn);
      if (row.versions.length >= quotas.versionsPerPolicy) {
        throw limitExceeded(
          `A managed policy can have up to ${quotas.versionsPerPolicy} versions. Before you create a new version, you must delete an existing version.`,
        );
      }
      const newest = row.newest + 1;
      const version = { id: `v${newest}`, document, createdAtMs: clock.nowMs() };
      const after: PolicyRecord = {
        ...row,
        versions: [...row.versions, version],
        newest,
        defaultVersion: isDefault === true ? version.id : row.defaultVersion,
        updatedAtMs: isDefault === true ? clock.nowMs() : row.updatedAtMs,
      };
      tx.put(policies, keyOf(policyKind, account, row.name), after);
      return shownVersion(version, { defaultVersion: after.defaultVersion, withDocument: false });
    });
    return { PolicyVersion: result };
  };
}

function noVersion(arn: string, id: string): ApiError {
  return noSuchEntity(`Policy ${arn} version ${id} does not exist or is not attachable.`);
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html */
export function getPolicyVersion({ db }: IamDeps): IamHandler<'GetPolicyVersion'> {
  return ({ PolicyArn: arn, VersionId: id }, { account }) => {
    const { versions, defaultVersion } = versionsOf(neededPolicy(presentRows(db), account, arn));
    const version = versions.find((one) => one.id === id);
    if (version === undefined) throw noVersion(arn, id);
    return { PolicyVersion: shownVersion(version, { defaultVersion }) };
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html */
export function listPolicyVersions({ db }: IamDeps): IamHandler<'ListPolicyVersions'> {
  return ({ PolicyArn: arn, ...page }, { account }) => {
    const { versions, defaultVersion } = versionsOf(neededPolicy(presentRows(db), account, arn));
    const { items, rest } = pageOfList(versions, ({ id }) => id, page);
    return { Versions: items.map((one) => shownVersion(one, { defaultVersion, withDocument: false })), ...rest };
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html */
export function deletePolicyVersion({ db }: IamDeps): IamHandler<'DeletePolicyVersion'> {
  return async ({ PolicyArn: arn, VersionId: id }, { account }) => {
    await db.transact((tx) => {
      const row = ownPolicy(tx, account, arn);
      const versions = row.versions.filter((one) => one.id !== id);
      if (versions.length === row.versions.length) throw noVersion(arn, id);
      if (id === row.defaultVersion) throw deleteConflict('Cannot delete the default version of a policy.');
      tx.put(policies, keyOf(policyKind, account, row.name), { ...row, versions });
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html */
export function setDefaultPolicyVersion({ db, clock }: IamDeps): IamHandler<'SetDefaultPolicyVersion'> {
  return async ({ PolicyArn: arn, VersionId: id }, { account }) => {
    await db.transact((tx) => {
      const row = ownPolicy(tx, account, arn);
      if (!row.versions.some((one) => one.id === id)) throw noVersion(arn, id);
      const after = { ...row, defaultVersion: id, updatedAtMs: clock.nowMs() };
      tx.put(policies, keyOf(policyKind, account, row.name), after);
    });
    return {};
  };
}
