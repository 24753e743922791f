import type { TableSpec } from '../../../store/index.ts';
import type { ScopedTable } from './network-table.ts';
import { scopeText, type NetworkThing } from './scope.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Snapshot.html */
export interface SnapshotRecord extends NetworkThing {
  readonly volumeId: string;
  /** Of the volume. */
  readonly sizeGiB: number;
  readonly description: string;
  /** `pending` and `deleting` are worked on by volumes/data-keeper.ts; one that is being deleted is not shown. */
  readonly state: 'pending' | 'completed' | 'error' | 'deleting';
  readonly message?: string;
  readonly startedAtMs: number;
  readonly completedAtMs?: number;
  /** What the data takes, bytes. */
  readonly bytes?: number;
}

export const snapshots: ScopedTable<SnapshotRecord> & TableSpec<SnapshotRecord, 'scope' | 'unsettled'> = {
  prefix: '/ec2/snapshot/',
  indexes: {
    scope: scopeText,
    /** Over all accounts: those whose data is to be copied or removed. */
    unsettled: ({ state }) => (state === 'pending' || state === 'deleting' ? 'all' : undefined),
  },
  key: (scope, id) => `/ec2/snapshot/${scopeText(scope)}/${id}`,
};
