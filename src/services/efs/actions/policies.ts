import { availableFileSystem, neededFileSystem, presentRows, scopeOf, type EfsDeps, type EfsHandler } from '../core.ts';
import { efsError } from '../errors.ts';
import { fileSystemKey, fileSystems } from '../records/file-system.ts';

/** https://docs.aws.amazon.com/efs/latest/ug/API_PutFileSystemPolicy.html */
export function putFileSystemPolicy({ db, policies }: EfsDeps): EfsHandler<'PutFileSystemPolicy'> {
  return async ({ FileSystemId: given, Policy: policy }, context) => {
    const scope = scopeOf(context);
    const problem = policies.problem(policy);
    if (problem !== undefined) throw efsError('InvalidPolicyException', problem);
    const { result } = await db.transact((tx) => {
      const row = availableFileSystem(tx, scope, given);
      tx.put(fileSystems, fileSystemKey(scope, row.id), { ...row, policy });
      return row;
    });
    return { FileSystemId: result.id, Policy: policy };
  };
}

/** https://docs.aws.amazon.com/efs/latest/ug/API_DescribeFileSystemPolicy.html */
export function describeFileSystemPolicy({ db }: EfsDeps): EfsHandler<'DescribeFileSystemPolicy'> {
  return ({ FileSystemId: given }, context) => {
    const { id, policy } = neededFileSystem(presentRows(db), scopeOf(context), given);
    if (policy === undefined) throw efsError('PolicyNotFound', `File system '${id}' has no policy of its own.`);
    return { FileSystemId: id, Policy: policy };
  };
}

/** https://docs.aws.amazon.com/efs/latest/ug/API_DeleteFileSystemPolicy.html */
export function deleteFileSystemPolicy({ db }: EfsDeps): EfsHandler<'DeleteFileSystemPolicy'> {
  return async ({ FileSystemId: given }, context) => {
    const scope = scopeOf(context);
    await db.transact((tx) => {
      const { policy: _gone, ...rest } = availableFileSystem(tx, scope, given);
      tx.put(fileSystems, fileSystemKey(scope, rest.id), rest);
    });
    return {};
  };
}
