import type { Snapshot, Volume, VolumeAttachment, VolumeModification } from '../../../protocol/generated/ec2.ts';
import { zoneId } from '../regions.ts';
import type { SnapshotRecord } from '../records/snapshot.ts';
import type { VolumeModificationRecord, VolumeRecord } from '../records/volume.ts';
import { tagList } from '../tags.ts';

/** A volume as the API shows it. */
export function shownVolume(volume: VolumeRecord): Volume {
  const { iops, throughput, initializationRate } = volume;
  return {
    VolumeId: volume.id,
    AvailabilityZone: volume.availabilityZone,
    AvailabilityZoneId: zoneId(volume.region, volume.availabilityZone.slice(-1)),
    Attachments: shownAttachments(volume),
    CreateTime: volume.createdAtMs,
    Encrypted: false,
    MultiAttachEnabled: false,
    Size: volume.sizeGiB,
    SnapshotId: volume.snapshotId ?? '',
    State: volume.state,
    VolumeType: volume.type,
    Tags: tagList(volume),
    ...(iops === undefined ? {} : { Iops: iops }),
    ...(throughput === undefined ? {} : { Throughput: throughput }),
    ...(initializationRate === undefined ? {} : { VolumeInitializationRate: initializationRate }),
  };
}

/** The name under which a volume is shown at its machine, as ECS chooses it. */
export const deviceName = '/dev/xvdba';

/** Of a FARGATE task neither device nor machine is told. */
function shownAttachments({ id, attachment }: VolumeRecord): VolumeAttachment[] {
  if (attachment === undefined) return [];
  const { instanceId, taskArn } = attachment;
  return [
    {
      VolumeId: id,
      AssociatedResource: taskArn,
      AttachTime: attachment.attachedAtMs,
      DeleteOnTermination: attachment.deleteOnTermination,
      State: attachment.state,
      ...(instanceId === undefined
        ? { InstanceOwningService: 'fargate.amazonaws.com' }
        : { Device: deviceName, InstanceId: instanceId }),
    },
  ];
}

/** A change of a volume as the API shows it; undefined: it was never changed. */
export function shownModification(volume: VolumeRecord): VolumeModification | undefined {
  const { modification } = volume;
  if (modification === undefined) return undefined;
  const { original, startedAtMs, endedAtMs, message } = modification;
  return {
    VolumeId: volume.id,
    ModificationState: modification.state,
    Progress: modification.state === 'completed' ? 100 : 0,
    StartTime: startedAtMs,
    ...(endedAtMs === undefined ? {} : { EndTime: endedAtMs }),
    ...(message === undefined ? {} : { StatusMessage: message }),
    ...figures('Original', original),
    ...figures('Target', volume),
  };
}

function figures(prefix: 'Original' | 'Target', of: VolumeModificationRecord['original']): Partial<VolumeModification> {
  const { sizeGiB, type, iops, throughput } = of;
  return {
    [`${prefix}Size`]: sizeGiB,
    [`${prefix}VolumeType`]: type,
    [`${prefix}MultiAttachEnabled`]: false,
    ...(iops === undefined ? {} : { [`${prefix}Iops`]: iops }),
    ...(throughput === undefined ? {} : { [`${prefix}Throughput`]: throughput }),
  };
}

/** A snapshot as the API shows it. */
export function shownSnapshot(snapshot: SnapshotRecord): Snapshot {
  const { state, message, bytes, completedAtMs } = snapshot;
  return {
    SnapshotId: snapshot.id,
    VolumeId: snapshot.volumeId,
    VolumeSize: snapshot.sizeGiB,
    Description: snapshot.description,
    Encrypted: false,
    OwnerId: snapshot.account,
    Progress: state === 'completed' ? '100%' : '0%',
    StartTime: snapshot.startedAtMs,
    State: state === 'deleting' ? 'completed' : state,
    StorageTier: 'standard',
    Tags: tagList(snapshot),
    ...(message === undefined ? {} : { StateMessage: message }),
    ...(bytes === undefined ? {} : { FullSnapshotSizeInBytes: bytes }),
    ...(completedAtMs === undefined ? {} : { CompletionTime: completedAtMs }),
  };
}
