import type { Limits } from '../../protocol/api/index.ts';

/** https://docs.aws.amazon.com/efs/latest/ug/limits.html */
export const maxFileSystems = 1_000;
export const maxAccessPoints = 10_000;
export const maxTags = 50;
export const maxSecurityGroups = 5;
export const maxPageSize = 1_000;
export const defaultPageSize = 100;

const id = (kind: string): string =>
  `(arn:aws[-a-z]*:elasticfilesystem:[0-9a-z-:]+:.*/${kind}-[0-9a-f]{8,40}|${kind}-[0-9a-f]{8,40})`;
const posixId = [0, 4_294_967_295] as const;

/** Limits by member that hold whatever the state; checked before a handler runs. */
export const efsLimits: Limits = {
  CreationToken: [1, 64, '.+'],
  ClientToken: [1, 64, '.+'],
  FileSystemId: [undefined, 128, id('fs')],
  AccessPointId: [undefined, 128, id('fsap')],
  MountTargetId: [13, 45, 'fsmt-[0-9a-f]{8,40}'],
  SubnetId: [15, 47, 'subnet-[0-9a-f]{8,40}'],
  IpAddress: [7, 15, '[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}'],
  Policy: [1, 20_000],
  MaxItems: [1, undefined],
  MaxResults: [1, undefined],
  Marker: [1, 128],
  NextToken: [1, 128],
  Uid: posixId,
  Gid: posixId,
  SecondaryGids: [0, 16],
  'SecondaryGids.member': posixId,
  OwnerUid: posixId,
  OwnerGid: posixId,
  Permissions: [3, 4, '[0-7]{3,4}'],
  Path: [1, 100, '(\\/|(\\/(?!\\.)+[^$#<>;`|&?{}^*/\\n]+){1,4})'],
  'Tag.Key': [1, 128, '(?![aA]{1}[wW]{1}[sS]{1}:)([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+)'],
  'Tag.Value': [0, 256, '([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)'],
  'UntagResourceRequest.TagKeys': [1, 50],
};
