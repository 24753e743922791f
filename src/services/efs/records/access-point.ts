import type { TableSpec } from '../../../store/index.ts';
import { fileSystemText } from './mount-target.ts';
import { efsArn, scopeText, type Scope, type Tag } from './scope.ts';

/** The identity that all file operations through an access point have. */
export interface PosixUser {
  readonly uid: number;
  readonly gid: number;
  readonly secondaryGids: readonly number[];
}

/** How a root directory is made that is not there. */
export interface CreationInfo {
  readonly ownerUid: number;
  readonly ownerGid: number;
  /** Octal digits, such as `0755`. */
  readonly permissions: string;
}

/** https://docs.aws.amazon.com/efs/latest/ug/API_AccessPointDescription.html */
export interface AccessPointRecord extends Scope {
  /** `fsap-0…` */
  readonly id: string;
  readonly fileSystemId: string;
  readonly clientToken: string;
  readonly posixUser?: PosixUser;
  /** Absolute. */
  readonly path: string;
  readonly creationInfo?: CreationInfo;
  readonly tags: readonly Tag[];
}

export function accessPointKey(scope: Scope, id: string): string {
  return `/efs/access-point/${scopeText(scope)}/${id}`;
}

export function accessPointArn(row: Scope & { readonly id: string }): string {
  return efsArn(row, `access-point/${row.id}`);
}

export const accessPoints: TableSpec<AccessPointRecord, 'scope' | 'fileSystem' | 'token'> = {
  prefix: '/efs/access-point/',
  indexes: {
    scope: scopeText,
    fileSystem: fileSystemText,
    token: (row) => `${scopeText(row)}/${row.clientToken}`,
  },
};
