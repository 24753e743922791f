import {
  availableFileSystem,
  idOf,
  neededAccessPoint,
  neededFileSystem,
  pageOf,
  presentRows,
  scopeOf,
  type EfsDeps,
  type EfsHandler,
  type Input,
} from '../core.ts';
import { describedAccessPoint } from '../described.ts';
import { badRequest, efsError } from '../errors.ts';
import { maxAccessPoints } from '../limits.ts';
import { accessPointKey, accessPoints, type AccessPointRecord } from '../records/access-point.ts';
import { fileSystemKey, fileSystems } from '../records/file-system.ts';
import { fileSystemText } from '../records/mount-target.ts';
import { scopeText } from '../records/scope.ts';
import { addedTags } from '../tags.ts';

/** https://docs.aws.amazon.com/efs/latest/ug/API_CreateAccessPoint.html */
export function createAccessPoint({ db, ids }: EfsDeps): EfsHandler<'CreateAccessPoint'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const tags = addedTags([], input.Tags);
    const { result } = await db.transact((tx) => {
      const fileSystem = availableFileSystem(tx, scope, input.FileSystemId);
      const [earlier] = db
        .table(accessPoints)
        .page('token', `${scopeText(scope)}/${input.ClientToken}`, { limit: 1 }).rows;
      if (earlier !== undefined) {
        throw efsError('AccessPointAlreadyExists', `Access point already exists with id '${earlier.row.id}'`, {
          AccessPointId: earlier.row.id,
        });
      }
      if (
        db.table(accessPoints).count('fileSystem', fileSystemText({ ...scope, fileSystemId: fileSystem.id })) >=
        maxAccessPoints
      ) {
        throw efsError('AccessPointLimitExceeded', `A file system can have at most ${maxAccessPoints} access points.`);
      }
      const row: AccessPointRecord = {
        ...scope,
        id: `fsap-0${ids.hex(16)}`,
        fileSystemId: fileSystem.id,
        clientToken: input.ClientToken,
        ...settings(input),
        tags,
      };
      // Two requests with one token both write the file system, so the second one is refused and sees the first.
      tx.put(fileSystems, fileSystemKey(scope, fileSystem.id), { ...fileSystem, uses: fileSystem.uses + 1 });
      tx.create(accessPoints, accessPointKey(scope, row.id), row);
      return row;
    });
    return { ...describedAccessPoint(result), LifeCycleState: 'creating' };
  };
}

function settings({
  PosixUser: user,
  RootDirectory: root,
}: Input<'CreateAccessPoint'>): Pick<AccessPointRecord, 'posixUser' | 'path' | 'creationInfo'> {
  const made = root?.CreationInfo;
  return {
    ...(user === undefined
      ? {}
      : { posixUser: { uid: user.Uid, gid: user.Gid, secondaryGids: user.SecondaryGids ?? [] } }),
    path: root?.Path ?? '/',
    ...(made === undefined
      ? {}
      : { creationInfo: { ownerUid: made.OwnerUid, ownerGid: made.OwnerGid, permissions: made.Permissions } }),
  };
}

/** https://docs.aws.amazon.com/efs/latest/ug/API_DescribeAccessPoints.html */
export function describeAccessPoints({ db }: EfsDeps): EfsHandler<'DescribeAccessPoints'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const rows = presentRows(db);
    const { AccessPointId: id, FileSystemId: fileSystem } = input;
    if (id !== undefined && fileSystem !== undefined)
      throw badRequest('AccessPointId and FileSystemId cannot be given together.');
    if (id !== undefined) return { AccessPoints: [describedAccessPoint(neededAccessPoint(rows, scope, id))] };
    const table = db.table(accessPoints);
    const fileSystemId = fileSystem && neededFileSystem(rows, scope, fileSystem).id;
    const page = pageOf(
      (options) =>
        fileSystemId === undefined
          ? table.page('scope', scopeText(scope), options)
          : table.page('fileSystem', fileSystemText({ ...scope, fileSystemId }), options),
      { size: input.MaxResults, marker: input.NextToken },
    );
    return {
      AccessPoints: page.rows.map(({ row }) => describedAccessPoint(row)),
      ...(page.next === undefined ? {} : { NextToken: page.next }),
    };
  };
}

/** Tasks that use it go on; its directory stays. https://docs.aws.amazon.com/efs/latest/ug/API_DeleteAccessPoint.html */
export function deleteAccessPoint({ db }: EfsDeps): EfsHandler<'DeleteAccessPoint'> {
  return async ({ AccessPointId: given }, context) => {
    const scope = scopeOf(context);
    await db.transact((tx) => {
      neededAccessPoint(tx, scope, given);
      tx.delete(accessPoints, accessPointKey(scope, idOf(given)));
    });
    return {};
  };
}
