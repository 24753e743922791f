import { messageOf } from '../../../kernel/index.ts';
import { availableFileSystem, scopeOf, type EfsDeps, type EfsHandler } from '../core.ts';
import { efsError } from '../errors.ts';
import { accessPointKey, accessPoints } from '../records/access-point.ts';
import {
  creationTokenKey,
  creationTokens,
  fileSystemKey,
  fileSystems,
  type FileSystemRecord,
} from '../records/file-system.ts';
import { fileSystemText, mountTargets } from '../records/mount-target.ts';

/** Access points removed in one transaction. */
const batch = 100;

/** https://docs.aws.amazon.com/efs/latest/ug/API_DeleteFileSystem.html */
export function deleteFileSystem(deps: EfsDeps): EfsHandler<'DeleteFileSystem'> {
  const { db, log } = deps;
  return async ({ FileSystemId: given }, context) => {
    const scope = scopeOf(context);
    const { result } = await db.transact((tx) => {
      // Who makes a mount target or an access point writes this record, which refuses this transaction.
      const row = availableFileSystem(tx, scope, given);
      if (db.table(mountTargets).count('fileSystem', fileSystemText({ ...scope, fileSystemId: row.id })) > 0)
        throw efsError('FileSystemInUse', `File system '${row.id}' has mount targets and cannot be deleted.`);
      const deleting = { ...row, state: 'deleting' } as const;
      tx.put(fileSystems, fileSystemKey(scope, row.id), deleting);
      return deleting;
    });
    // AWS answers before the data is gone, too.
    finishDeletion(deps, result).catch((error: unknown) => {
      log.error('the data of a file system could not be removed; the next start will try again', {
        fileSystem: result.id,
        error: messageOf(error),
      });
    });
    return {};
  };
}

/** Removes the data, then the records. */
export async function finishDeletion({ db, directories }: EfsDeps, row: FileSystemRecord): Promise<void> {
  await directories.remove(row.account, row.id);
  const points = { index: 'fileSystem', value: fileSystemText({ ...row, fileSystemId: row.id }) } as const;
  for (;;) {
    const { rows } = db.table(accessPoints).page(points.index, points.value, { limit: batch });
    if (rows.length === 0) break;
    await db.transact((tx) => {
      for (const point of rows) tx.delete(accessPoints, accessPointKey(row, point.row.id));
    });
  }
  await db.transact((tx) => {
    tx.delete(creationTokens, creationTokenKey(row, row.creationToken));
    tx.delete(fileSystems, fileSystemKey(row, row.id));
  });
}
