import { isoTime } from '../../../kernel/index.ts';
import { changing, describing, type ChangeDeps, type Ec2Deps, type Ec2Handler, type Output } from '../core.ts';
import { chooseFew } from '../describe.ts';
import { invalidParameterValue, limitExceeded, notImplemented } from '../errors.ts';
import { matchingNothing, type FilterFields } from '../filters.ts';
import { maxSnapshotDescription, maxSnapshots } from '../limits.ts';
import { Networks } from '../networks.ts';
import { snapshots, type SnapshotRecord } from '../records/snapshot.ts';
import { tagsFor } from '../tags.ts';
import { incorrectState, snapshotNotFound } from '../volumes/errors.ts';
import { shownSnapshot } from '../volumes/shown.ts';
import { volumeOf } from './volumes.ts';

/** The data is copied after the answer. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSnapshot.html */
export function createSnapshot(deps: ChangeDeps): Ec2Handler<'CreateSnapshot'> {
  const takes = ['VolumeId', 'Description', 'TagSpecifications'] as const;
  return changing<'CreateSnapshot'>(deps, takes, (input, change) => {
    const volume = volumeOf(change, input.VolumeId);
    // A copy of a file that is written to is no moment of the volume.
    if (volume.attachment !== undefined) throw notImplemented('CreateSnapshot of a volume that is attached');
    if (volume.state !== 'available' || volume.modification?.state === 'modifying')
      throw incorrectState(`The volume '${volume.id}' is not 'available'.`);
    const { Description: description = '' } = input;
    if (description.length > maxSnapshotDescription)
      throw invalidParameterValue(`Description exceeds the maximum length of ${maxSnapshotDescription} characters`);
    if (change.networks.count(snapshots, change.scope) >= maxSnapshots)
      throw limitExceeded('SnapshotLimitExceeded', 'snapshots');
    const snapshot: SnapshotRecord = {
      ...change.scope,
      id: change.newId('snap'),
      tags: tagsFor('snapshot', input.TagSpecifications),
      volumeId: volume.id,
      sizeGiB: volume.sizeGiB,
      description,
      state: 'pending',
      startedAtMs: change.nowMs,
    };
    change.writer.create(snapshots, snapshot);
    return shownSnapshot(snapshot);
  });
}

/** Its data goes after the answer. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSnapshot.html */
export function deleteSnapshot(deps: ChangeDeps): Ec2Handler<'DeleteSnapshot'> {
  return changing<'DeleteSnapshot'>(deps, ['SnapshotId'], ({ SnapshotId: id }, change): Output<'DeleteSnapshot'> => {
    const snapshot = change.writer.get(snapshots, id);
    if (snapshot === undefined || snapshot.state === 'deleting') throw snapshotNotFound(id);
    if (snapshot.state === 'pending') throw incorrectState(`The snapshot '${id}' is pending`);
    change.tx.put(snapshots, snapshots.key(change.scope, id), { ...snapshot, state: 'deleting' });
    return {};
  });
}

const fields: FilterFields<SnapshotRecord> = {
  description: ({ description }) => [description],
  encrypted: () => ['false'],
  'owner-id': ({ account }) => [account],
  progress: ({ state }) => [state === 'completed' ? '100%' : '0%'],
  'snapshot-id': ({ id }) => [id],
  'start-time': ({ startedAtMs }) => [isoTime(startedAtMs)],
  status: ({ state }) => [state],
  'storage-tier': () => ['standard'],
  'volume-id': ({ volumeId }) => [volumeId],
  'volume-size': ({ sizeGiB }) => [String(sizeGiB)],
  ...matchingNothing('owner-alias', 'transfer-type'),
};

/** Those of the account: none is shared. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSnapshots.html */
export function describeSnapshots({ database }: Ec2Deps): Ec2Handler<'DescribeSnapshots'> {
  const networks = new Networks(database);
  return describing<'DescribeSnapshots'>((input, scope) => {
    const { OwnerIds: owners = [], RestorableByUserIds: users = [] } = input;
    const isOwn = (ids: readonly string[]): boolean =>
      ids.length === 0 || ids.some((id) => id === 'self' || id === scope.account);
    const own = isOwn(owners) && isOwn(users) ? networks.all(snapshots, scope) : [];
    const { items, next } = chooseFew(input, {
      items: own.filter(({ state }) => state !== 'deleting'),
      kind: snapshotNotFound,
      ids: input.SnapshotIds,
      idOf: ({ id }) => id,
      fields,
    });
    return { Snapshots: items.map(shownSnapshot), ...next };
  });
}
