import { InvalidArgument } from '../../../kernel/index.ts';
import type { TaskVolumes, TaskVolumeWish } from '../ports.ts';

/** EBS in memory; for tests only. Its only snapshot is `snap-1`, of 3 GiB. */
export class FakeVolumes implements TaskVolumes {
  /** By id what was asked for it; those that are not deleted. */
  readonly live = new Map<string, Parameters<TaskVolumes['create']>[1]>();
  /** Ids of those that are in use, and that machines have. */
  readonly used = new Set<string>();
  readonly onMachines = new Set<string>();
  #made = 0;

  check({ type = 'gp2' }: TaskVolumeWish): void {
    if (!['gp2', 'gp3'].includes(type)) throw new InvalidArgument(`InvalidParameterValue; "no volume type ${type}"`);
  }

  create(_tx: unknown, request: Parameters<TaskVolumes['create']>[1]) {
    const { snapshotId, sizeGiB = 3 } = request;
    if (snapshotId !== undefined && snapshotId !== 'snap-1')
      throw new InvalidArgument(`InvalidSnapshot.NotFound; "The snapshot '${snapshotId}' does not exist."`);
    const volumeId = `vol-${++this.#made}`;
    this.live.set(volumeId, request);
    this.used.add(volumeId);
    return { volumeId, sizeGiB, ...(snapshotId === undefined ? {} : { snapshotId }) };
  }

  attached(_tx: unknown, _scope: unknown, volumeId: string): void {
    this.onMachines.add(volumeId);
  }

  release(_tx: unknown, _scope: unknown, { volumeId, deletes }: Parameters<TaskVolumes['release']>[2]): void {
    this.used.delete(volumeId);
    if (deletes) this.live.delete(volumeId);
  }
}
