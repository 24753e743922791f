import { InvalidArgument } from '../../../kernel/index.ts';
import { ApiError } from '../../../protocol/api/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { usableSnapshot } from '../actions/volumes.ts';
import { invalidParameterValue, limitExceeded } from '../errors.ts';
import type { NetworkInterfaceDeps } from '../interfaces.ts';
import { maxVolumes } from '../limits.ts';
import { NetworkWriter, Networks } from '../networks.ts';
import type { TaskVolumeRequest, TaskVolumes, TaskVolumeWish } from '../ports.ts';
import { volumes, volumeTypes, type VolumeProperties, type VolumeRecord } from '../records/volume.ts';
import { volumeProperties } from './properties.ts';

/** A size that every type has, GiB. */
const smallest = 125;

/** Volumes that ECS makes for tasks: in use from the beginning, and gone or free when their task is over. */
export function taskVolumes({ database, clock, ids }: NetworkInterfaceDeps): TaskVolumes {
  const networks = new Networks(database);
  return {
    check(wish) {
      // The size of a snapshot is looked at when the volume is made.
      const { snapshotId: id, sizeGiB = smallest } = wish;
      inEc2sWords(() => propertiesOf(wish, id === undefined ? undefined : { id, sizeGiB }));
    },
    create(tx, request) {
      return inEc2sWords(() => {
        if (networks.count(volumes, request.scope) >= maxVolumes) throw limitExceeded('VolumeLimitExceeded', 'volumes');
        const volume = newVolume(tx, request, { id: `vol-0${ids.hex(16)}`, nowMs: clock.nowMs() });
        tx.create(volumes, volumes.key(request.scope, volume.id), volume);
        const { id: volumeId, sizeGiB, snapshotId } = volume;
        return { volumeId, sizeGiB, ...(snapshotId === undefined ? {} : { snapshotId }) };
      });
    },
    attached(tx, scope, volumeId) {
      const volume = tx.get(volumes, volumes.key(scope, volumeId));
      if (volume?.attachment === undefined) return;
      const attachment = { ...volume.attachment, state: 'attached' as const };
      tx.put(volumes, volumes.key(scope, volumeId), { ...volume, attachment });
    },
    release(tx, scope, { volumeId, deletes }) {
      const volume = tx.get(volumes, volumes.key(scope, volumeId));
      if (volume?.attachment === undefined) return;
      const { attachment: _over, ...rest } = volume;
      tx.put(volumes, volumes.key(scope, volumeId), { ...rest, state: deletes ? 'deleting' : 'available' });
    },
  };
}

function newVolume(
  tx: Transaction,
  request: TaskVolumeRequest,
  { id, nowMs }: { readonly id: string; readonly nowMs: number },
): VolumeRecord {
  const { scope, taskArn, availabilityZone, deleteOnTermination, instanceId, snapshotId, tags } = request;
  const writer = new NetworkWriter(tx, scope);
  const source = snapshotId === undefined ? undefined : usableSnapshot({ writer }, snapshotId);
  return {
    ...scope,
    ...propertiesOf(request, source),
    id,
    tags,
    availabilityZone,
    state: 'in-use',
    createdAtMs: nowMs,
    attachment: {
      taskArn,
      state: 'attaching',
      attachedAtMs: nowMs,
      deleteOnTermination,
      ...(instanceId === undefined ? {} : { instanceId }),
    },
  };
}

function propertiesOf(wish: TaskVolumeWish, source: Parameters<typeof volumeProperties>[1]): VolumeProperties {
  const type = volumeTypes.find((one) => one === wish.type);
  if (wish.type !== undefined && type === undefined)
    throw invalidParameterValue(`Value (${wish.type}) for parameter volumeType is invalid`);
  return volumeProperties({ ...wish, type }, source);
}

/** @throws InvalidArgument: code and sentence of EC2's error */
function inEc2sWords<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof ApiError) throw new InvalidArgument(`${error.code}; "${error.message}"`);
    throw error;
  }
}
