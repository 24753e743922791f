import type { Clock, Ids, Log } from '../../kernel/index.ts';
import { InvalidArgument } from '../../kernel/index.ts';
import type { Handler } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/efs.ts';
import type { Database, Page, Rows } from '../../store/index.ts';
import { accessPointNotFound, badRequest, efsError, fileSystemNotFound, mountTargetNotFound } from './errors.ts';
import { defaultPageSize, maxPageSize } from './limits.ts';
import type { FileSystemDirectories, FileSystemPolicies, MountTargetNetwork } from './ports.ts';
import { accessPointKey, accessPoints, type AccessPointRecord } from './records/access-point.ts';
import { fileSystemKey, fileSystems, type FileSystemRecord } from './records/file-system.ts';
import { mountTargetKey, mountTargets, type MountTargetRecord } from './records/mount-target.ts';
import type { Scope } from './records/scope.ts';

export { scopeOf } from '../../kernel/index.ts';

export { presentRows, type Rows } from '../../store/index.ts';

/** What the actions stand on. */
export interface EfsDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly directories: FileSystemDirectories;
  readonly network: MountTargetNetwork;
  readonly policies: FileSystemPolicies;
}

export type Input<Name extends keyof Operations> = Operations[Name]['input'];
export type EfsHandler<Name extends keyof Operations> = Handler<Input<Name>, Operations[Name]['output']>;

/** The id that a request names, alone or at the end of an ARN. */
export function idOf(text: string): string {
  return text.slice(text.lastIndexOf('/') + 1);
}

/** @throws FileSystemNotFound */
export function neededFileSystem(rows: Rows, scope: Scope, given: string): FileSystemRecord {
  const row = rows.get(fileSystems, fileSystemKey(scope, idOf(given)));
  if (row === undefined) throw fileSystemNotFound(given);
  return row;
}

/** A file system that something may be done to. @throws FileSystemNotFound, IncorrectFileSystemLifeCycleState */
export function availableFileSystem(rows: Rows, scope: Scope, given: string): FileSystemRecord {
  const row = neededFileSystem(rows, scope, given);
  if (row.state !== 'available')
    throw efsError('IncorrectFileSystemLifeCycleState', `File system '${row.id}' is ${row.state}.`);
  return row;
}

/** @throws MountTargetNotFound */
export function neededMountTarget(rows: Rows, scope: Scope, id: string): MountTargetRecord {
  const row = rows.get(mountTargets, mountTargetKey(scope, id));
  if (row === undefined) throw mountTargetNotFound(id);
  return row;
}

/** @throws AccessPointNotFound */
export function neededAccessPoint(rows: Rows, scope: Scope, given: string): AccessPointRecord {
  const row = rows.get(accessPoints, accessPointKey(scope, idOf(given)));
  if (row === undefined) throw accessPointNotFound(given);
  return row;
}

/** A page of a list; a marker that is none of ours is the caller's mistake. @throws BadRequest */
export function pageOf<Row>(
  read: (options: { limit: number; after?: string }) => Page<Row>,
  { size = defaultPageSize, marker }: { readonly size?: number | undefined; readonly marker?: string | undefined },
): Page<Row> {
  try {
    return read({ limit: Math.min(size, maxPageSize), ...(marker === undefined ? {} : { after: marker }) });
  } catch (error) {
    if (error instanceof InvalidArgument) throw badRequest(`The marker '${marker ?? ''}' is not valid.`);
    throw error;
  }
}
