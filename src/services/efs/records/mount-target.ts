import type { TableSpec } from '../../../store/index.ts';
import { scopeText, type Scope } from './scope.ts';

/** https://docs.aws.amazon.com/efs/latest/ug/API_MountTargetDescription.html */
export interface MountTargetRecord extends Scope {
  /** `fsmt-0…` */
  readonly id: string;
  readonly fileSystemId: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
  readonly networkInterfaceId: string;
  readonly ipAddress: string;
  readonly securityGroupIds: readonly string[];
}

export function mountTargetKey(scope: Scope, id: string): string {
  return `/efs/mount-target/${scopeText(scope)}/${id}`;
}

/** Of everything that belongs to one file system. */
export function fileSystemText(row: Scope & { readonly fileSystemId: string }): string {
  return `${scopeText(row)}/${row.fileSystemId}`;
}

export const mountTargets: TableSpec<MountTargetRecord, 'fileSystem'> = {
  prefix: '/efs/mount-target/',
  indexes: { fileSystem: fileSystemText },
};
