import type { TableSpec } from '../../../store/index.ts';
import { entityKey } from './entities.ts';

/** A key of a user. Its secret is kept nowhere: it follows from the id and the installation's key. */
export interface AccessKeyRecord {
  /** `AKIA…` */
  readonly id: string;
  readonly account: string;
  readonly userName: string;
  readonly status: 'Active' | 'Inactive';
  readonly createdAtMs: number;
}

export function accessKeyKey(id: string): string {
  return `/iam/access-key/${id}`;
}

export const accessKeys: TableSpec<AccessKeyRecord, 'user'> = {
  prefix: '/iam/access-key/',
  indexes: { user: ({ account, userName }) => entityKey('', account, userName) },
};
