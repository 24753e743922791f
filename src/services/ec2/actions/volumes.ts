import { ApiError } from '../../../protocol/api/index.ts';
import type { Output } from '../core.ts';
import { changing, type Change, type ChangeDeps, type Ec2Handler } from '../core.ts';
import { invalidParameterValue, limitExceeded, missingParameter, notImplemented } from '../errors.ts';
import { placeOf } from '../idempotency.ts';
import { maxVolumes } from '../limits.ts';
import { zoneLetters, zoneName } from '../regions.ts';
import { snapshots, type SnapshotRecord } from '../records/snapshot.ts';
import { volumes, type VolumeRecord, type VolumeType } from '../records/volume.ts';
import { tagsFor } from '../tags.ts';
import { incorrectState, snapshotNotFound, volumeInUse, volumeNotFound } from '../volumes/errors.ts';
import { volumeProperties } from '../volumes/properties.ts';
import { shownModification, shownVolume } from '../volumes/shown.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html */
export function createVolume(deps: ChangeDeps): Ec2Handler<'CreateVolume'> {
  const takes = [
    'AvailabilityZone',
    'Encrypted',
    'KmsKeyId',
    'Iops',
    'Size',
    'SnapshotId',
    'VolumeType',
    'Throughput',
    'VolumeInitializationRate',
    'ClientToken',
    'TagSpecifications',
  ] as const;
  return changing<'CreateVolume'>(deps, takes, (input, change) => {
    const place = placeOf(change, { table: volumes, prefix: 'vol', input });
    if ('earlier' in place) return shownVolume(place.earlier);
    const { AvailabilityZone: zone } = input;
    if (zone === undefined) throw missingParameter('availabilityZone');
    if (!zoneLetters.some((letter) => zoneName(change.scope.region, letter) === zone))
      throw new ApiError('InvalidZone.NotFound', `The zone '${zone}' does not exist.`);
    if (change.networks.count(volumes, change.scope) >= maxVolumes)
      throw limitExceeded('VolumeLimitExceeded', 'volumes');
    const source = input.SnapshotId === undefined ? undefined : usableSnapshot(change, input.SnapshotId);
    const wanted = {
      sizeGiB: input.Size,
      type: input.VolumeType,
      iops: input.Iops,
      throughput: input.Throughput,
      initializationRate: input.VolumeInitializationRate,
      encrypted: input.Encrypted,
      kmsKeyId: input.KmsKeyId,
    };
    const volume: VolumeRecord = {
      ...change.scope,
      ...place.idempotent,
      ...volumeProperties(wanted, source),
      id: place.id,
      tags: tagsFor('volume', input.TagSpecifications),
      availabilityZone: zone,
      state: 'creating',
      createdAtMs: change.nowMs,
    };
    change.writer.create(volumes, volume);
    return shownVolume(volume);
  });
}

/** A snapshot whose data is there. @throws InvalidSnapshot.NotFound, IncorrectState */
export function usableSnapshot({ writer }: Pick<Change, 'writer'>, id: string): SnapshotRecord {
  const snapshot = writer.get(snapshots, id);
  if (snapshot === undefined || snapshot.state === 'deleting') throw snapshotNotFound(id);
  if (snapshot.state !== 'completed') throw incorrectState(`Snapshot is in invalid state - ${snapshot.state}`);
  return snapshot;
}

/** @throws InvalidVolume.NotFound */
export function volumeOf({ writer }: Pick<Change, 'writer'>, id: string): VolumeRecord {
  const volume = writer.get(volumes, id);
  if (volume === undefined) throw volumeNotFound(id);
  return volume;
}

/** Its data goes after the answer. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVolume.html */
export function deleteVolume(deps: ChangeDeps): Ec2Handler<'DeleteVolume'> {
  return changing<'DeleteVolume'>(deps, ['VolumeId'], ({ VolumeId: id }, change): Output<'DeleteVolume'> => {
    const volume = volumeOf(change, id);
    if (volume.attachment !== undefined) throw volumeInUse(id, volume.attachment.taskArn);
    if (volume.state === 'creating') throw incorrectState(`The volume '${id}' is being created`);
    change.tx.put(volumes, volumes.key(change.scope, id), { ...volume, state: 'deleting' });
    return {};
  });
}

/** A volume's file grows; what is slower or faster is recorded. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVolume.html */
export function modifyVolume(deps: ChangeDeps): Ec2Handler<'ModifyVolume'> {
  const takes = ['VolumeId', 'Size', 'VolumeType', 'Iops', 'Throughput'] as const;
  return changing<'ModifyVolume'>(deps, takes, (input, change) => {
    const { VolumeId: id, Size, VolumeType, Iops, Throughput } = input;
    const volume = volumeOf(change, id);
    if (volume.attachment !== undefined) throw notImplemented('ModifyVolume of a volume that is attached');
    if (volume.state !== 'available') throw incorrectState(`The volume '${id}' is ${volume.state}`);
    if (volume.modification?.state === 'modifying')
      throw new ApiError(
        'VolumeModificationRateExceeded',
        `The volume '${id}' is being modified; wait until that is done`,
      );
    if ([Size, VolumeType, Iops, Throughput].every((member) => member === undefined))
      throw missingParameter('size, volumeType, iops or throughput');
    if (Size !== undefined && Size < volume.sizeGiB)
      throw invalidParameterValue('New size cannot be smaller than existing size');
    const { sizeGiB, type, iops, throughput, snapshotId, initializationRate, ...rest } = volume;
    const original = { sizeGiB, type, ...given({ iops, throughput }) };
    const sameType = VolumeType === undefined || VolumeType === type;
    const { snapshotId: _none, ...properties } = volumeProperties({
      sizeGiB: Size ?? sizeGiB,
      type: VolumeType ?? type,
      iops: Iops ?? (sameType ? keptIops(volume) : iopsOfNewType(VolumeType)),
      throughput: Throughput ?? (sameType ? throughput : undefined),
    });
    const changed: VolumeRecord = {
      ...rest,
      ...properties,
      ...given({ snapshotId, initializationRate }),
      modification: { original, state: 'modifying', startedAtMs: change.nowMs },
    };
    change.tx.put(volumes, volumes.key(change.scope, id), changed);
    return { VolumeModification: shownModification(changed) };
  });
}

/** Of gp2 the figure follows from the size, and cannot be asked for. */
function keptIops({ type, iops }: VolumeRecord): number | undefined {
  return type === 'gp2' ? undefined : iops;
}

/** What a volume gets that becomes one of a type which must have a figure, and is given none. */
function iopsOfNewType(type: VolumeType): number | undefined {
  return type === 'io1' || type === 'io2' ? 3_000 : undefined;
}

/** Without the members that are undefined. */
function given<Shape extends object>(shape: Shape): { [K in keyof Shape]?: Exclude<Shape[K], undefined> } {
  return Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as never;
}
