import type {
  AccessPointDescription,
  FileSystemDescription,
  MountTargetDescription,
} from '../../protocol/generated/efs.ts';
import type { EfsDeps } from './core.ts';
import type { MeteredSize } from './ports.ts';
import { accessPointArn, type AccessPointRecord } from './records/access-point.ts';
import { fileSystemArn, type FileSystemRecord } from './records/file-system.ts';
import type { MountTargetRecord } from './records/mount-target.ts';
import { nameOf, shownTags } from './tags.ts';

export function describedFileSystem(
  row: FileSystemRecord,
  { mountTargets, size }: { readonly mountTargets: number; readonly size: MeteredSize },
): FileSystemDescription {
  return {
    OwnerId: row.account,
    CreationToken: row.creationToken,
    FileSystemId: row.id,
    FileSystemArn: fileSystemArn(row),
    CreationTime: row.createdAtMs,
    LifeCycleState: row.state,
    ...nameOf(row.tags),
    NumberOfMountTargets: mountTargets,
    SizeInBytes: {
      Value: size.bytes,
      Timestamp: size.atMs,
      ValueInIA: 0,
      ValueInStandard: size.bytes,
      ValueInArchive: 0,
    },
    PerformanceMode: row.performanceMode,
    Encrypted: false,
    ThroughputMode: row.throughputMode,
    Tags: shownTags(row.tags),
    FileSystemProtection: { ReplicationOverwriteProtection: 'ENABLED' },
  };
}

export function describedMountTarget(
  { network }: Pick<EfsDeps, 'network'>,
  row: MountTargetRecord,
): MountTargetDescription {
  // Its subnet cannot go before it does.
  const zoneId = network.subnet(row, row.subnetId)?.availabilityZoneId;
  return {
    OwnerId: row.account,
    MountTargetId: row.id,
    FileSystemId: row.fileSystemId,
    SubnetId: row.subnetId,
    LifeCycleState: 'available',
    IpAddress: row.ipAddress,
    NetworkInterfaceId: row.networkInterfaceId,
    AvailabilityZoneName: row.availabilityZone,
    ...(zoneId === undefined ? {} : { AvailabilityZoneId: zoneId }),
    VpcId: row.vpcId,
  };
}

export function describedAccessPoint(row: AccessPointRecord): AccessPointDescription {
  const { posixUser: user, creationInfo: made } = row;
  return {
    ClientToken: row.clientToken,
    ...nameOf(row.tags),
    Tags: shownTags(row.tags),
    AccessPointId: row.id,
    AccessPointArn: accessPointArn(row),
    FileSystemId: row.fileSystemId,
    ...(user === undefined
      ? {}
      : {
          PosixUser: {
            Uid: user.uid,
            Gid: user.gid,
            ...(user.secondaryGids.length === 0 ? {} : { SecondaryGids: user.secondaryGids }),
          },
        }),
    RootDirectory: {
      Path: row.path,
      ...(made === undefined
        ? {}
        : { CreationInfo: { OwnerUid: made.ownerUid, OwnerGid: made.ownerGid, Permissions: made.permissions } }),
    },
    OwnerId: row.account,
    LifeCycleState: 'available',
  };
}
