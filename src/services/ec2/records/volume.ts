import type { TableSpec } from '../../../store/index.ts';
import type { ScopedTable } from './network-table.ts';
import { scopeText, type Idempotent, type NetworkThing } from './scope.ts';

export const volumeTypes = ['gp2', 'gp3', 'io1', 'io2', 'sc1', 'st1', 'standard'] as const;
export type VolumeType = (typeof volumeTypes)[number];

/** What a volume is like, checked. */
export interface VolumeProperties {
  readonly sizeGiB: number;
  readonly type: VolumeType;
  /** Operations a second; of st1, sc1 and standard there is no such figure. */
  readonly iops?: number;
  /** MiB a second, of gp3 only. */
  readonly throughput?: number;
  /** What its data was when it was made. */
  readonly snapshotId?: string;
  /** MiB a second. */
  readonly initializationRate?: number;
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Volume.html */
export interface VolumeRecord extends NetworkThing, Idempotent, VolumeProperties {
  readonly availabilityZone: string;
  /** `creating` and `deleting` are worked on by volumes/data-keeper.ts; the data of one that a task was made with is made by its agent. */
  readonly state: 'creating' | 'available' | 'in-use' | 'deleting' | 'error';
  readonly createdAtMs: number;
  /** Of one that is in use. */
  readonly attachment?: VolumeAttachmentRecord;
  /** The latest change of its size or speed. */
  readonly modification?: VolumeModificationRecord;
}

export interface VolumeAttachmentRecord {
  readonly taskArn: string;
  readonly state: 'attaching' | 'attached';
  readonly attachedAtMs: number;
  readonly deleteOnTermination: boolean;
  /** `i-…`; absent of FARGATE tasks. */
  readonly instanceId?: string;
}

export interface VolumeModificationRecord {
  readonly original: VolumeProperties;
  readonly state: 'modifying' | 'completed' | 'failed';
  readonly message?: string;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
}

export const volumes: ScopedTable<VolumeRecord> & TableSpec<VolumeRecord, 'scope' | 'unsettled'> = {
  prefix: '/ec2/volume/',
  indexes: {
    scope: scopeText,
    /** Over all accounts: those whose data is to be made, changed or removed, or copied by an agent. */
    unsettled: (row) => (isUnsettled(row) ? 'all' : undefined),
  },
  key: (scope, id) => `/ec2/volume/${scopeText(scope)}/${id}`,
};

export function isUnsettled(row: VolumeRecord): boolean {
  const { state, modification } = row;
  return (
    state === 'creating' ||
    state === 'deleting' ||
    modification?.state === 'modifying' ||
    snapshotInUse(row) !== undefined
  );
}

/** The snapshot whose data is still to be copied into a volume: here, or by the agent of the task that it is for. */
export function snapshotInUse({ state, attachment, snapshotId }: VolumeRecord): string | undefined {
  return state === 'creating' || attachment?.state === 'attaching' ? snapshotId : undefined;
}
