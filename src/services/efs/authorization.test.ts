import { expect, test } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import { MemoryStore, openDatabase } from '../../store/index.ts';
import { allows, questionsOf, SimClock, SimIds, written } from '../../testkit/index.ts';
import { efsService, efsTables } from './index.ts';
import { accessPointKey, accessPoints, type AccessPointRecord } from './records/access-point.ts';
import { fileSystemKey, fileSystems, type FileSystemRecord } from './records/file-system.ts';
import { mountTargetKey, mountTargets, type MountTargetRecord } from './records/mount-target.ts';

const scope = { account: '123456789012', region: 'us-east-1' };
const of = 'arn:aws:elasticfilesystem:us-east-1:123456789012:';
const FileSystemId = 'fs-0123456789abcdef0';
const AccessPointId = 'fsap-0123456789abcdef0';
const MountTargetId = 'fsmt-0123456789abcdef0';
const Tags = [{ Key: 'stage', Value: 'test' }];
const fileSystem = `${of}file-system/${FileSystemId} aws:ResourceTag/team=shop`;
const point = `${of}access-point/${AccessPointId} aws:ResourceTag/team=web`;

/** With a file system and an access point that have tags, and a mount target. */
async function opened() {
  const db = await openDatabase(new MemoryStore(), efsTables, { log: silentLog, freezeRows: true });
  const tagged = (value: string) => ({ ...scope, tags: [{ key: 'team', value }] });
  await db.transact((tx) => {
    tx.put(fileSystems, fileSystemKey(scope, FileSystemId), {
      ...tagged('shop'),
      id: FileSystemId,
      state: 'available',
    } as unknown as FileSystemRecord);
    tx.put(accessPoints, accessPointKey(scope, AccessPointId), {
      ...tagged('web'),
      id: AccessPointId,
    } as unknown as AccessPointRecord);
    tx.put(mountTargets, mountTargetKey(scope, MountTargetId), {
      ...scope,
      fileSystemId: FileSystemId,
    } as unknown as MountTargetRecord);
  });
  return efsService({
    db,
    clock: new SimClock(() => Promise.resolve()),
    ids: new SimIds(1),
    log: silentLog,
    directories: {} as never,
    network: {} as never,
    policies: {} as never,
  });
}

const keys = ['elasticfilesystem:Encrypted', 'aws:RequestTag/stage', 'aws:TagKeys', 'aws:ResourceTag/team'];

const onFileSystem = [
  'CreateMountTarget',
  'DeleteFileSystem',
  'DeleteFileSystemPolicy',
  'DescribeFileSystemPolicy',
  'DescribeFileSystems',
  'DescribeLifecycleConfiguration',
  'DescribeMountTargets',
  'DescribeAccessPoints',
  'PutFileSystemPolicy',
  'PutLifecycleConfiguration',
  'UpdateFileSystem',
];
const onMountTarget = [
  'DeleteMountTarget',
  'DescribeMountTargetSecurityGroups',
  'DescribeMountTargets',
  'ModifyMountTargetSecurityGroups',
];

const table: readonly (readonly [string, object, readonly string[]])[] = [
  ...onFileSystem.map((name) => [name, { FileSystemId }, [`elasticfilesystem:${name} ${fileSystem}`]] as const),
  ...onMountTarget.map((name) => [name, { MountTargetId }, [`elasticfilesystem:${name} ${fileSystem}`]] as const),
  ['DescribeFileSystems', {}, [`elasticfilesystem:DescribeFileSystems ${of}file-system/*`]],
  [
    'DescribeMountTargets',
    { FileSystemId: `${of}file-system/${FileSystemId}` },
    [`elasticfilesystem:DescribeMountTargets ${fileSystem}`],
  ],
  ['DeleteMountTarget', { MountTargetId: 'fsmt-00000000' }, [`elasticfilesystem:DeleteMountTarget ${of}file-system/*`]],
  ['DescribeAccessPoints', { AccessPointId }, [`elasticfilesystem:DescribeAccessPoints ${point}`]],
  ['DeleteAccessPoint', { AccessPointId }, [`elasticfilesystem:DeleteAccessPoint ${point}`]],
  [
    'CreateFileSystem',
    { CreationToken: 't' },
    ['elasticfilesystem:CreateFileSystem * elasticfilesystem:Encrypted=false'],
  ],
  [
    'CreateFileSystem',
    { CreationToken: 't', Encrypted: true, Tags },
    [
      'elasticfilesystem:CreateFileSystem * elasticfilesystem:Encrypted=true aws:RequestTag/stage=test aws:TagKeys=stage',
      `elasticfilesystem:TagResource ${of}file-system/* aws:RequestTag/stage=test aws:TagKeys=stage`,
    ],
  ],
  [
    'CreateAccessPoint',
    { FileSystemId, ClientToken: 't', Tags },
    [
      `elasticfilesystem:CreateAccessPoint ${of}file-system/${FileSystemId} aws:RequestTag/stage=test aws:TagKeys=stage aws:ResourceTag/team=shop`,
      `elasticfilesystem:TagResource ${of}access-point/fsap-* aws:RequestTag/stage=test aws:TagKeys=stage`,
    ],
  ],
  ['ListTagsForResource', { ResourceId: AccessPointId }, [`elasticfilesystem:ListTagsForResource ${point}`]],
  [
    'TagResource',
    { ResourceId: FileSystemId, Tags },
    [
      `elasticfilesystem:TagResource ${of}file-system/${FileSystemId} aws:RequestTag/stage=test aws:TagKeys=stage aws:ResourceTag/team=shop`,
    ],
  ],
  [
    'UntagResource',
    { ResourceId: FileSystemId, TagKeys: ['stage'] },
    [`elasticfilesystem:UntagResource ${of}file-system/${FileSystemId} aws:TagKeys=stage aws:ResourceTag/team=shop`],
  ],
];

test('[AUT-1] every operation of EFS says what it asks, and no other', async () => {
  const { handlers, authorization } = await opened();
  const handled = Object.keys(handlers).sort();
  expect(Object.keys(authorization ?? {}).sort()).toEqual(handled);
  expect([...new Set(table.map(([name]) => name))].sort()).toEqual(handled);
});

test.each(table)('[AUT-2] %s asks (%j)', async (name, input, expected) => {
  const questions = questionsOf(await opened(), name, input);
  expect(questions.map((question) => written(question, keys))).toEqual(expected);
});

test.each([
  [{ CreationToken: 't', Encrypted: true }, true],
  [{ CreationToken: 't' }, false],
])('[AUT-10] encrypted file systems only: %j', async (input, expected) => {
  const Condition = { Bool: { 'elasticfilesystem:Encrypted': 'true' } };
  const policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'elasticfilesystem:CreateFileSystem', Resource: '*', Condition }],
  };
  expect(allows(policy, questionsOf(await opened(), 'CreateFileSystem', input))).toBe(expected);
});
