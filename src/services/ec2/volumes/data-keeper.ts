import { messageOf, type Clock, type Ids, type Log } from '../../../kernel/index.ts';
import { ReconcileLoop, type Controller } from '../../../reconcile/index.ts';
import type { Database, TableSpec } from '../../../store/index.ts';
import type { VolumeData } from '../ports.ts';
import { snapshots, type SnapshotRecord } from '../records/snapshot.ts';
import { isUnsettled, snapshotInUse, volumes, type VolumeRecord } from '../records/volume.ts';

export interface VolumeDataDeps {
  readonly database: Database;
  readonly data: VolumeData;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** Makes, copies and removes the data of volumes and snapshots as their records say; what a stop or a failure left is done after the next start. */
export class VolumeDataKeeper {
  readonly #loop: ReconcileLoop;

  constructor(deps: VolumeDataDeps) {
    const { clock, ids, log } = deps;
    this.#loop = new ReconcileLoop([volumeController(deps), snapshotController(deps)], { clock, ids, log });
  }

  start(): void {
    this.#loop.start();
  }

  stop(): void {
    this.#loop.stop();
  }
}

/** Keys of rows that wait for their data. */
function watching<Row>(
  database: Database,
  table: TableSpec<Row, 'unsettled'>,
  isWaiting: (row: Row) => boolean,
): Controller['watch'] {
  return (enqueue) => {
    const stop = database.table(table).onChange(({ key, after }) => {
      if (after !== undefined && isWaiting(after)) enqueue(key);
    });
    for (const key of database.table(table).keys('unsettled', 'all')) enqueue(key);
    return stop;
  };
}

function volumeController({ database, data, clock, log }: VolumeDataDeps): Controller {
  /** Writes what became of a volume, unless it changed in a way that counts more. */
  async function settle(key: string, change: (volume: VolumeRecord) => VolumeRecord | undefined): Promise<void> {
    await database.transact((tx) => {
      const present = tx.get(volumes, key);
      if (present === undefined) return;
      const changed = change(present);
      if (changed === undefined) tx.delete(volumes, key);
      else tx.put(volumes, key, changed);
    });
  }

  return {
    name: 'ebs-volumes',
    watch(enqueue) {
      const stop = watching(database, volumes, isUnsettled)(enqueue);
      const stopSnapshots = database.table(snapshots).onChange(({ before, after }) => {
        if (before?.state === 'pending' && after?.state !== 'pending') enqueue(volumes.key(before, before.volumeId));
      });
      return () => {
        stop();
        stopSnapshots();
      };
    },
    async reconcile(key) {
      const volume = database.get(volumes, key)?.row;
      if (volume === undefined) return {};
      const { account, id: volumeId, sizeGiB, snapshotId, state, modification } = volume;
      if (state === 'deleting') {
        // Looked at again when the snapshot is complete.
        if (isBeingCopied(database, volumeId)) return {};
        await data.remove(account, volumeId);
        await settle(key, (present) => (present.state === 'deleting' ? undefined : present));
      } else if (state === 'creating') {
        const made = await attempt(() =>
          data.make(account, { volumeId, sizeGiB, ...(snapshotId === undefined ? {} : { snapshotId }) }),
        );
        if (made !== undefined) log.error('the data of a volume could not be made', { volume: volumeId, error: made });
        await settle(key, (present) =>
          present.state === 'creating' ? { ...present, state: made === undefined ? 'available' : 'error' } : present,
        );
      } else if (modification?.state === 'modifying') {
        const failed = await attempt(() => data.grow(account, volumeId, sizeGiB));
        await settle(key, (present) => modified(present, failed, clock.nowMs()));
      }
      return {};
    },
  };
}

function isBeingCopied(database: Database, volumeId: string): boolean {
  const table = database.table(snapshots);
  return [...table.keys('unsettled', 'all')].some((key) => {
    const row = table.get(key)?.row;
    return row?.state === 'pending' && row.volumeId === volumeId;
  });
}

function isBeingCopiedFrom(database: Database, snapshotId: string): boolean {
  const table = database.table(volumes);
  return [...table.keys('unsettled', 'all')].some((key) => {
    const row = table.get(key)?.row;
    return row !== undefined && snapshotInUse(row) === snapshotId;
  });
}

/** One that could not grow is as it was. */
function modified(volume: VolumeRecord, failed: string | undefined, nowMs: number): VolumeRecord {
  const { modification } = volume;
  if (modification?.state !== 'modifying') return volume;
  if (failed === undefined)
    return { ...volume, modification: { ...modification, state: 'completed', endedAtMs: nowMs } };
  return {
    ...volume,
    ...modification.original,
    modification: { ...modification, state: 'failed', message: failed, endedAtMs: nowMs },
  };
}

function snapshotController({ database, data, clock }: VolumeDataDeps): Controller {
  return {
    name: 'ebs-snapshots',
    watch(enqueue) {
      const isWaiting = ({ state }: SnapshotRecord): boolean => state === 'pending' || state === 'deleting';
      const stop = watching(database, snapshots, isWaiting)(enqueue);
      const stopVolumes = database.table(volumes).onChange(({ before, after }) => {
        const used = before && snapshotInUse(before);
        if (before !== undefined && used !== undefined && (after === undefined || snapshotInUse(after) === undefined))
          enqueue(snapshots.key(before, used));
      });
      return () => {
        stop();
        stopVolumes();
      };
    },
    async reconcile(key) {
      const snapshot = database.get(snapshots, key)?.row;
      if (snapshot === undefined) return {};
      const { account, id, volumeId, state } = snapshot;
      if (state === 'deleting') {
        // Looked at again when the volume has its data.
        if (isBeingCopiedFrom(database, id)) return {};
        await data.remove(account, id);
        await database.transact((tx) => tx.delete(snapshots, key));
      } else if (state === 'pending') {
        let bytes = 0;
        const failed = await attempt(async () => {
          bytes = await data.snapshot(account, volumeId, id);
        });
        const outcome =
          failed === undefined
            ? ({ state: 'completed', bytes, completedAtMs: clock.nowMs() } as const)
            : ({ state: 'error', message: failed } as const);
        await database.transact((tx) => {
          const present = tx.get(snapshots, key);
          if (present?.state === 'pending') tx.put(snapshots, key, { ...present, ...outcome });
        });
      }
      return {};
    },
  };
}

/** @returns why it failed */
async function attempt(run: () => Promise<void>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
