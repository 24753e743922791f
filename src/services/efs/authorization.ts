import { conditionValues } from '../../protocol/api/index.ts';
import type { AccessQuestion, Authorization, ConditionSources, RequestContext } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/efs.ts';
import type { Database } from '../../store/index.ts';
import { idOf } from './core.ts';
import { accessPointKey, accessPoints } from './records/access-point.ts';
import { fileSystemKey, fileSystems } from './records/file-system.ts';
import { mountTargetKey, mountTargets } from './records/mount-target.ts';
import { efsArn, type Tag } from './records/scope.ts';

type Said = Pick<ConditionSources, 'keys' | 'requestTags' | 'tagKeys'>;

function storedTags(db: Database, context: RequestContext, id: string): readonly Tag[] | undefined {
  return id.startsWith('fsap-')
    ? db.get(accessPoints, accessPointKey(context, id))?.row.tags
    : db.get(fileSystems, fileSystemKey(context, id))?.row.tags;
}

/**
 * What each EFS operation asks of the caller's policies.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticfilesystem.html
 */
export function efsAuthorization(db: Database) {
  function ask(
    action: keyof Operations,
    id: string,
    { context, said = {} }: { context: RequestContext; said?: Said },
  ): AccessQuestion {
    const kind = id.startsWith('fsap-') ? 'access-point' : 'file-system';
    return {
      action: `elasticfilesystem:${action}`,
      resource: efsArn(context, `${kind}/${id}`),
      context: conditionValues({ resourceTags: () => storedTags(db, context, id), ...said }),
    };
  }

  function onFileSystem(action: keyof Operations) {
    return ({ FileSystemId: id }: { readonly FileSystemId: string }, context: RequestContext) => [
      ask(action, idOf(id), { context }),
    ];
  }

  /** About the file system of a mount target; one that is not there could be any. */
  function onMountTarget(action: keyof Operations) {
    return ({ MountTargetId: id }: { readonly MountTargetId: string }, context: RequestContext) => {
      const row = db.get(mountTargets, mountTargetKey(context, id))?.row;
      return [ask(action, row?.fileSystemId ?? '*', { context })];
    };
  }

  function tagged(requestTags: readonly Tag[], { id, context }: { id: string; context: RequestContext }) {
    return requestTags.length === 0 ? [] : [ask('TagResource', id, { context, said: { requestTags } })];
  }

  return {
    ...onFileSystems(onFileSystem),
    CreateAccessPoint: ({ FileSystemId: id, Tags }, context) => {
      const requestTags = tagPairs(Tags);
      return [
        ask('CreateAccessPoint', idOf(id), { context, said: { requestTags } }),
        ...tagged(requestTags, { id: 'fsap-*', context }),
      ];
    },
    CreateFileSystem: ({ Encrypted, Tags }, context) => {
      const requestTags = tagPairs(Tags);
      const said = conditionValues({ keys: { 'elasticfilesystem:Encrypted': Encrypted ?? false }, requestTags });
      return [
        { action: 'elasticfilesystem:CreateFileSystem', resource: '*', context: said },
        ...tagged(requestTags, { id: '*', context }),
      ];
    },
    DeleteAccessPoint: ({ AccessPointId: id }, context) => [ask('DeleteAccessPoint', idOf(id), { context })],
    DeleteMountTarget: onMountTarget('DeleteMountTarget'),
    DescribeAccessPoints: ({ AccessPointId: point, FileSystemId: id }, context) => [
      ask('DescribeAccessPoints', idOf(point ?? id ?? '*'), { context }),
    ],
    DescribeFileSystems: ({ FileSystemId: id }, context) => [ask('DescribeFileSystems', idOf(id ?? '*'), { context })],
    DescribeMountTargets: ({ AccessPointId: point, FileSystemId: id, MountTargetId: target }, context) => {
      const ofTarget = target && db.get(mountTargets, mountTargetKey(context, target))?.row.fileSystemId;
      return [ask('DescribeMountTargets', idOf(point ?? id ?? ofTarget ?? '*'), { context })];
    },
    DescribeMountTargetSecurityGroups: onMountTarget('DescribeMountTargetSecurityGroups'),
    ListTagsForResource: ({ ResourceId: id }, context) => [ask('ListTagsForResource', idOf(id), { context })],
    ModifyMountTargetSecurityGroups: onMountTarget('ModifyMountTargetSecurityGroups'),
    TagResource: ({ ResourceId: id, Tags }, context) => [
      ask('TagResource', idOf(id), { context, said: { requestTags: tagPairs(Tags) } }),
    ],
    UntagResource: ({ ResourceId: id, TagKeys: tagKeys }, context) => [
      ask('UntagResource', idOf(id), { context, said: { tagKeys } }),
    ],
  } satisfies Authorization<Operations>;
}

/** Operations that ask of one file system and of nothing more. */
function onFileSystems(
  asked: (
    action: keyof Operations,
  ) => (input: { readonly FileSystemId: string }, context: RequestContext) => readonly AccessQuestion[],
) {
  return {
    CreateMountTarget: asked('CreateMountTarget'),
    DeleteFileSystem: asked('DeleteFileSystem'),
    DeleteFileSystemPolicy: asked('DeleteFileSystemPolicy'),
    DescribeFileSystemPolicy: asked('DescribeFileSystemPolicy'),
    DescribeLifecycleConfiguration: asked('DescribeLifecycleConfiguration'),
    PutFileSystemPolicy: asked('PutFileSystemPolicy'),
    PutLifecycleConfiguration: asked('PutLifecycleConfiguration'),
    UpdateFileSystem: asked('UpdateFileSystem'),
  } satisfies Authorization<Operations>;
}

function tagPairs(tags: readonly { readonly Key: string; readonly Value: string }[] = []): readonly Tag[] {
  return tags.map(({ Key: key, Value: value }) => ({ key, value }));
}
