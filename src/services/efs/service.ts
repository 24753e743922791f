import { messageOf } from '../../kernel/index.ts';
import { implement, type ServiceDefinition } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/efs.ts';
import { createAccessPoint, deleteAccessPoint, describeAccessPoints } from './actions/access-points.ts';
import { createFileSystem } from './actions/create-file-system.ts';
import { deleteFileSystem, finishDeletion } from './actions/delete-file-system.ts';
import { describeFileSystems } from './actions/describe-file-systems.ts';
import { describeLifecycleConfiguration, putLifecycleConfiguration } from './actions/lifecycle.ts';
import {
  createMountTarget,
  deleteMountTarget,
  describeMountTargets,
  describeMountTargetSecurityGroups,
  modifyMountTargetSecurityGroups,
} from './actions/mount-targets.ts';
import { deleteFileSystemPolicy, describeFileSystemPolicy, putFileSystemPolicy } from './actions/policies.ts';
import { listTagsForResource, tagResource, untagResource } from './actions/tagging.ts';
import { updateFileSystem } from './actions/update-file-system.ts';
import { efsAuthorization } from './authorization.ts';
import type { EfsDeps } from './core.ts';
import { invalidInput } from './errors.ts';
import { efsLimits } from './limits.ts';
import { accessPoints } from './records/access-point.ts';
import { creationTokens, fileSystems } from './records/file-system.ts';
import { mountTargets } from './records/mount-target.ts';

/** The tables the database must hold for this service. */
export const efsTables = [fileSystems, creationTokens, mountTargets, accessPoints] as const;

/** Amazon Elastic File System: file systems that are directories, and who may have them. */
export function efsService(deps: EfsDeps): ServiceDefinition {
  return implement<Operations>({
    name: 'efs',
    invalid: invalidInput,
    authorization: efsAuthorization(deps.db),
    limits: efsLimits,
    handlers: {
      CreateAccessPoint: createAccessPoint(deps),
      CreateFileSystem: createFileSystem(deps),
      CreateMountTarget: createMountTarget(deps),
      DeleteAccessPoint: deleteAccessPoint(deps),
      DeleteFileSystem: deleteFileSystem(deps),
      DeleteFileSystemPolicy: deleteFileSystemPolicy(deps),
      DeleteMountTarget: deleteMountTarget(deps),
      DescribeAccessPoints: describeAccessPoints(deps),
      DescribeFileSystemPolicy: describeFileSystemPolicy(deps),
      DescribeFileSystems: describeFileSystems(deps),
      DescribeLifecycleConfiguration: describeLifecycleConfiguration(deps),
      DescribeMountTargets: describeMountTargets(deps),
      DescribeMountTargetSecurityGroups: describeMountTargetSecurityGroups(deps),
      ListTagsForResource: listTagsForResource(deps),
      ModifyMountTargetSecurityGroups: modifyMountTargetSecurityGroups(deps),
      PutFileSystemPolicy: putFileSystemPolicy(deps),
      PutLifecycleConfiguration: putLifecycleConfiguration(deps),
      TagResource: tagResource(deps),
      UntagResource: untagResource(deps),
      UpdateFileSystem: updateFileSystem(deps),
    },
  });
}

/** Finishes what was being deleted when the process ended. */
export async function resumeDeletions(deps: EfsDeps): Promise<void> {
  for (const { row } of deps.db.table(fileSystems).page('state', 'deleting', { limit: 1_000 }).rows) {
    try {
      await finishDeletion(deps, row);
    } catch (error) {
      deps.log.error('the data of a file system could not be removed; the next start will try again', {
        fileSystem: row.id,
        error: messageOf(error),
      });
    }
  }
}
