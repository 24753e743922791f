import type { TableSpec } from '../../../store/index.ts';

/** What is kept of an account as a whole. */
export interface AccountRecord {
  readonly account: string;
  /** The roles that a console would have made are there, or were deleted again. */
  readonly furnished: boolean;
}

export function accountKey(account: string): string {
  return `/iam/account/${account}`;
}

export const accounts: TableSpec<AccountRecord, never> = { prefix: '/iam/account/', indexes: {} };

/** The last deletion of a service-linked role: one for each role name, so there is no more of them than of names that roles had. */
export interface RoleDeletionRecord {
  readonly account: string;
  readonly roleName: string;
  /** `task/aws-service-role/SERVICE/ROLE/UUID` */
  readonly taskId: string;
}

export function roleDeletionKey(account: string, roleName: string): string {
  return `/iam/role-deletion/${account}/${roleName.toLowerCase()}`;
}

export const roleDeletions: TableSpec<RoleDeletionRecord, never> = { prefix: '/iam/role-deletion/', indexes: {} };
