import { scopeOf, type EfsDeps, type EfsHandler, type Input } from '../core.ts';
import { describedFileSystem } from '../described.ts';
import { badRequest, efsError, notImplemented } from '../errors.ts';
import { maxFileSystems } from '../limits.ts';
import {
  creationTokenKey,
  creationTokens,
  fileSystemKey,
  fileSystems,
  type FileSystemRecord,
} from '../records/file-system.ts';
import { scopeText } from '../records/scope.ts';
import { addedTags } from '../tags.ts';

/** https://docs.aws.amazon.com/efs/latest/ug/API_CreateFileSystem.html */
export function createFileSystem(deps: EfsDeps): EfsHandler<'CreateFileSystem'> {
  const { db, clock, ids, directories } = deps;
  return async (input, context) => {
    const scope = scopeOf(context);
    const modes = checkedModes(input);
    const tokenKey = creationTokenKey(scope, input.CreationToken);
    const taken = db.get(creationTokens, tokenKey)?.row;
    if (taken !== undefined) throw alreadyExists(taken.fileSystemId);
    const row: FileSystemRecord = {
      ...scope,
      id: `fs-0${ids.hex(16)}`,
      creationToken: input.CreationToken,
      createdAtMs: clock.nowMs(),
      state: 'available',
      ...modes,
      uses: 0,
      tags: addedTags([], input.Tags),
    };
    // The directory first: a file system that is there can be mounted.
    await directories.make(row.account, row.id);
    try {
      await db.transact((tx) => {
        const meanwhile = tx.get(creationTokens, tokenKey);
        if (meanwhile !== undefined) throw alreadyExists(meanwhile.fileSystemId);
        if (db.table(fileSystems).count('scope', scopeText(scope)) >= maxFileSystems) {
          throw efsError('FileSystemLimitExceeded', `An account can have at most ${maxFileSystems} file systems.`);
        }
        tx.create(creationTokens, tokenKey, { fileSystemId: row.id });
        tx.create(fileSystems, fileSystemKey(scope, row.id), row);
      });
    } catch (error) {
      await directories.remove(row.account, row.id);
      throw error;
    }
    const size = await directories.size(row.account, row.id);
    return { ...describedFileSystem(row, { mountTargets: 0, size }), LifeCycleState: 'creating' };
  };
}

function alreadyExists(fileSystemId: string): Error {
  return efsError('FileSystemAlreadyExists', `File system '${fileSystemId}' already exists with this creation token.`, {
    FileSystemId: fileSystemId,
  });
}

function checkedModes(input: Input<'CreateFileSystem'>): Pick<FileSystemRecord, 'performanceMode' | 'throughputMode'> {
  const { PerformanceMode: performanceMode = 'generalPurpose', ThroughputMode: throughputMode = 'bursting' } = input;
  if (input.KmsKeyId !== undefined && input.Encrypted !== true)
    throw badRequest('KmsKeyId can be given for encrypted file systems only.');
  if (input.Encrypted === true) throw notImplemented('Encryption at rest');
  if (input.AvailabilityZoneName !== undefined) throw notImplemented('AvailabilityZoneName (One Zone storage)');
  if (input.Backup === true) throw notImplemented('Backup (there is no AWS Backup)');
  if (throughputMode === 'provisioned') throw notImplemented('Provisioned throughput');
  if (input.ProvisionedThroughputInMibps !== undefined)
    throw badRequest('ProvisionedThroughputInMibps can be given with the throughput mode provisioned only.');
  if (performanceMode === 'maxIO' && throughputMode === 'elastic')
    throw badRequest('The performance mode maxIO is not supported with elastic throughput.');
  return { performanceMode, throughputMode };
}
