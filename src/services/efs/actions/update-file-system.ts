import { availableFileSystem, scopeOf, type EfsDeps, type EfsHandler } from '../core.ts';
import { badRequest, notImplemented } from '../errors.ts';
import { fileSystemKey, fileSystems } from '../records/file-system.ts';
import { describeNow } from './describe-file-systems.ts';

/** https://docs.aws.amazon.com/efs/latest/ug/API_UpdateFileSystem.html */
export function updateFileSystem(deps: EfsDeps): EfsHandler<'UpdateFileSystem'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const { ThroughputMode: throughputMode } = input;
    if (throughputMode === 'provisioned' || input.ProvisionedThroughputInMibps !== undefined)
      throw notImplemented('Provisioned throughput');
    const { result } = await deps.db.transact((tx) => {
      const row = availableFileSystem(tx, scope, input.FileSystemId);
      if (row.performanceMode === 'maxIO' && throughputMode === 'elastic')
        throw badRequest('The performance mode maxIO is not supported with elastic throughput.');
      const updated = throughputMode === undefined ? row : { ...row, throughputMode };
      tx.put(fileSystems, fileSystemKey(scope, row.id), updated);
      return updated;
    });
    return describeNow(deps, result);
  };
}
