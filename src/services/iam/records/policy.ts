import type { TableSpec } from '../../../store/index.ts';
import type { Entity } from './entities.ts';

export interface PolicyVersionRecord {
  /** `v1`, `v2` …; numbers are never given twice. */
  readonly id: string;
  /** As given. */
  readonly document: string;
  readonly createdAtMs: number;
}

/** A managed policy of an account. https://docs.aws.amazon.com/IAM/latest/APIReference/API_Policy.html */
export interface PolicyRecord extends Entity {
  readonly description?: string;
  /** Oldest first. */
  readonly versions: readonly PolicyVersionRecord[];
  readonly defaultVersion: string;
  /** The number of the newest version ever. */
  readonly newest: number;
  readonly updatedAtMs: number;
}

export const policies: TableSpec<PolicyRecord, 'account'> = {
  prefix: '/iam/policy/',
  indexes: { account: ({ account }) => account },
};
