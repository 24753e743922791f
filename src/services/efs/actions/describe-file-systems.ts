import type { FileSystemDescription } from '../../../protocol/generated/efs.ts';
import { neededFileSystem, pageOf, presentRows, scopeOf, type EfsDeps, type EfsHandler } from '../core.ts';
import { describedFileSystem } from '../described.ts';
import { badRequest } from '../errors.ts';
import { creationTokenKey, creationTokens, fileSystems, type FileSystemRecord } from '../records/file-system.ts';
import { fileSystemText, mountTargets } from '../records/mount-target.ts';
import { scopeText } from '../records/scope.ts';

/** https://docs.aws.amazon.com/efs/latest/ug/API_DescribeFileSystems.html */
export function describeFileSystems(deps: EfsDeps): EfsHandler<'DescribeFileSystems'> {
  const { db } = deps;
  const described = (row: FileSystemRecord): Promise<FileSystemDescription> => describeNow(deps, row);
  return async (input, context) => {
    const scope = scopeOf(context);
    const { FileSystemId: id, CreationToken: token, Marker: marker } = input;
    if (id !== undefined && token !== undefined)
      throw badRequest('FileSystemId and CreationToken cannot be given together.');
    if (id !== undefined) return { FileSystems: [await described(neededFileSystem(presentRows(db), scope, id))] };
    if (token !== undefined) {
      const made = db.get(creationTokens, creationTokenKey(scope, token))?.row;
      if (made === undefined) return { FileSystems: [] };
      return { FileSystems: [await described(neededFileSystem(presentRows(db), scope, made.fileSystemId))] };
    }
    const page = pageOf((options) => db.table(fileSystems).page('scope', scopeText(scope), options), {
      size: input.MaxItems,
      marker,
    });
    return {
      FileSystems: await Promise.all(page.rows.map(({ row }) => described(row))),
      ...(marker === undefined ? {} : { Marker: marker }),
      ...(page.next === undefined ? {} : { NextMarker: page.next }),
    };
  };
}

/** As it is now, with what its files hold. */
export async function describeNow({ db, directories }: EfsDeps, row: FileSystemRecord): Promise<FileSystemDescription> {
  return describedFileSystem(row, {
    mountTargets: db.table(mountTargets).count('fileSystem', fileSystemText({ ...row, fileSystemId: row.id })),
    size: await directories.size(row.account, row.id),
  });
}
