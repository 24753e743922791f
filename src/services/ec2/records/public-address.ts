import type { TableSpec } from '../../../store/index.ts';
import type { Scope } from './scope.ts';

/** A public address in use, of the installation's own range; whoever creates it first has it. */
export interface PublicAddressRecord extends Scope {
  readonly address: string;
  /** The allocation or interface that has it. */
  readonly holder: string;
}

export function publicAddressKey(address: string): string {
  return `/ec2/public-address/${address}`;
}

export const publicAddressRows: TableSpec<PublicAddressRecord, never> = { prefix: '/ec2/public-address/', indexes: {} };
