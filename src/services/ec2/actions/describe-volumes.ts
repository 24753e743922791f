import { isoTime } from '../../../kernel/index.ts';
import { describing, type Ec2Deps, type Ec2Handler } from '../core.ts';
import { chooseFew } from '../describe.ts';
import { matchingNothing, type FilterFields } from '../filters.ts';
import { Networks } from '../networks.ts';
import { zoneId } from '../regions.ts';
import { volumes, type VolumeRecord } from '../records/volume.ts';
import { volumeNotFound } from '../volumes/errors.ts';
import { deviceName, shownModification, shownVolume } from '../volumes/shown.ts';

const fields: FilterFields<VolumeRecord> = {
  'attachment.attach-time': ({ attachment }) => [attachment && isoTime(attachment.attachedAtMs)],
  'attachment.delete-on-termination': ({ attachment }) => [attachment && String(attachment.deleteOnTermination)],
  'attachment.device': ({ attachment }) => [attachment?.instanceId && deviceName],
  'attachment.instance-id': ({ attachment }) => [attachment?.instanceId],
  'attachment.status': ({ attachment }) => [attachment?.state],
  'availability-zone': ({ availabilityZone }) => [availabilityZone],
  'availability-zone-id': ({ region, availabilityZone }) => [zoneId(region, availabilityZone.slice(-1))],
  'create-time': ({ createdAtMs }) => [isoTime(createdAtMs)],
  encrypted: () => ['false'],
  'fast-restored': () => ['false'],
  'multi-attach-enabled': () => ['false'],
  size: ({ sizeGiB }) => [String(sizeGiB)],
  'snapshot-id': ({ snapshotId }) => [snapshotId],
  status: ({ state }) => [state],
  'volume-id': ({ id }) => [id],
  'volume-type': ({ type }) => [type],
  ...matchingNothing('operator.managed', 'operator.principal'),
};

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVolumes.html */
export function describeVolumes({ database }: Ec2Deps): Ec2Handler<'DescribeVolumes'> {
  const networks = new Networks(database);
  return describing<'DescribeVolumes'>((input, scope) => {
    const { items, next } = chooseFew(input, {
      items: networks.all(volumes, scope),
      kind: volumeNotFound,
      ids: input.VolumeIds,
      idOf: ({ id }) => id,
      fields,
    });
    return { Volumes: items.map(shownVolume), ...next };
  });
}

const modificationFields: FilterFields<VolumeRecord> = {
  'modification-state': ({ modification }) => [modification?.state],
  'original-iops': ({ modification }) => [text(modification?.original.iops)],
  'original-size': ({ modification }) => [text(modification?.original.sizeGiB)],
  'original-volume-type': ({ modification }) => [modification?.original.type],
  'start-time': ({ modification }) => [modification && isoTime(modification.startedAtMs)],
  'target-iops': ({ iops }) => [text(iops)],
  'target-size': ({ sizeGiB }) => [text(sizeGiB)],
  'target-volume-type': ({ type }) => [type],
  'volume-id': ({ id }) => [id],
  ...matchingNothing('originalMultiAttachEnabled', 'targetMultiAttachEnabled'),
};

function text(figure: number | undefined): string | undefined {
  return figure === undefined ? undefined : String(figure);
}

/** The latest change of each volume. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVolumesModifications.html */
export function describeVolumesModifications({ database }: Ec2Deps): Ec2Handler<'DescribeVolumesModifications'> {
  const networks = new Networks(database);
  return describing<'DescribeVolumesModifications'>((input, scope) => {
    const { items, next } = chooseFew(input, {
      items: networks.all(volumes, scope).filter(({ modification }) => modification !== undefined),
      kind: volumeNotFound,
      ids: input.VolumeIds,
      idOf: ({ id }) => id,
      fields: modificationFields,
    });
    return { VolumesModifications: items.flatMap((volume) => shownModification(volume) ?? []), ...next };
  });
}
