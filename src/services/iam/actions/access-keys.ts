import type { Transaction } from '../../../store/index.ts';
import { changed, needed, presentRows, touched, uniqueId, userKind, type IamDeps, type IamHandler } from '../core.ts';
import { noSuchEntity, quotaExceeded } from '../errors.ts';
import { quotas } from '../limits.ts';
import { pageOfList, rowsWith } from '../pages.ts';
import { accessKeyKey, accessKeys, type AccessKeyRecord } from '../records/access-key.ts';
import { entityKey } from '../records/entities.ts';
import { meantUser } from './users.ts';

/** The only time that the secret is shown. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html */
export function createAccessKey({ db, ids, clock, secretOf }: IamDeps): IamHandler<'CreateAccessKey'> {
  return async ({ UserName }, context) => {
    const { account } = context;
    const { result } = await db.transact((tx) => {
      // Written, so that the user cannot be deleted at the same time.
      const { name } = changed(tx, userKind, [account, meantUser(UserName, context)], touched);
      if (db.table(accessKeys).count('user', entityKey('', account, name)) >= quotas.accessKeysPerUser) {
        throw quotaExceeded('AccessKeysPerUser', quotas.accessKeysPerUser);
      }
      const id = uniqueId(ids, 'AKIA', 16);
      const row: AccessKeyRecord = { id, account, userName: name, status: 'Active', createdAtMs: clock.nowMs() };
      tx.create(accessKeys, accessKeyKey(id), row);
      return row;
    });
    const { id, userName, status, createdAtMs } = result;
    return {
      AccessKey: {
        UserName: userName,
        AccessKeyId: id,
        Status: status,
        SecretAccessKey: secretOf(id),
        CreateDate: createdAtMs,
      },
    };
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html */
export function listAccessKeys({ db }: IamDeps): IamHandler<'ListAccessKeys'> {
  return ({ UserName, ...page }, context) => {
    const { name } = needed(presentRows(db), userKind, context.account, meantUser(UserName, context));
    const rows = rowsWith(db, accessKeys, 'user', entityKey('', context.account, name));
    const { items, rest } = pageOfList(rows, ({ id }) => id, page);
    return {
      AccessKeyMetadata: items.map(({ id, userName, status, createdAtMs }) => ({
        UserName: userName,
        AccessKeyId: id,
        Status: status,
        CreateDate: createdAtMs,
      })),
      ...rest,
    };
  };
}

function neededKey(tx: Transaction, [account, name]: readonly [string, string], id: string): AccessKeyRecord {
  const user = needed(tx, userKind, account, name);
  const row = tx.get(accessKeys, accessKeyKey(id));
  if (row === undefined || row.account !== account || row.userName !== user.name) {
    throw noSuchEntity(`The Access Key with id ${id} cannot be found.`);
  }
  return row;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html */
export function updateAccessKey({ db }: IamDeps): IamHandler<'UpdateAccessKey'> {
  return async ({ UserName, AccessKeyId: id, Status: status }, context) => {
    await db.transact((tx) => {
      const row = neededKey(tx, [context.account, meantUser(UserName, context)], id);
      tx.put(accessKeys, accessKeyKey(id), { ...row, status: status === 'Active' ? 'Active' : 'Inactive' });
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html */
export function deleteAccessKey({ db }: IamDeps): IamHandler<'DeleteAccessKey'> {
  return async ({ UserName, AccessKeyId: id }, context) => {
    await db.transact((tx) => {
      neededKey(tx, [context.account, meantUser(UserName, context)], id);
      tx.delete(accessKeys, accessKeyKey(id));
    });
    return {};
  };
}
