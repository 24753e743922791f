import type { TableSpec } from '../../../store/index.ts';
import { efsArn, scopeText, type Scope, type Tag } from './scope.ts';

/** https://docs.aws.amazon.com/efs/latest/ug/API_FileSystemDescription.html */
export interface FileSystemRecord extends Scope {
  /** `fs-0…` */
  readonly id: string;
  readonly creationToken: string;
  readonly createdAtMs: number;
  /** `deleting`: its data is being removed; nothing else may happen to it. */
  readonly state: 'available' | 'deleting';
  readonly performanceMode: 'generalPurpose' | 'maxIO';
  readonly throughputMode: 'bursting' | 'elastic';
  /** As its owner wrote it; absent: AWS's default, which lets everybody in. */
  readonly policy?: string;
  /** How often something was made in it: making writes this record, so that it cannot happen at the same time as deleting it. */
  readonly uses: number;
  readonly tags: readonly Tag[];
}

export function fileSystemKey(scope: Scope, id: string): string {
  return `/efs/file-system/${scopeText(scope)}/${id}`;
}

export function fileSystemArn(row: Scope & { readonly id: string }): string {
  return efsArn(row, `file-system/${row.id}`);
}

export const fileSystems: TableSpec<FileSystemRecord, 'scope' | 'state'> = {
  prefix: '/efs/file-system/',
  indexes: { scope: scopeText, state: ({ state }) => state },
};

/** Which file system a creation token made. */
export interface CreationTokenRecord {
  readonly fileSystemId: string;
}

export function creationTokenKey(scope: Scope, token: string): string {
  return `/efs/creation-token/${scopeText(scope)}/${token}`;
}

export const creationTokens: TableSpec<CreationTokenRecord, never> = { prefix: '/efs/creation-token/', indexes: {} };
