import type { TableSpec } from '../../../store/index.ts';
import type { Scope } from './scope.ts';

/**
 * A private address in use. All accounts and regions of an installation share one network, so an address belongs to at most one
 * interface of the whole installation: its key is the address alone, and whoever creates it first has it.
 */
export interface AddressRecord extends Scope {
  readonly address: string;
  /** The subnet prefix it was taken from. */
  readonly cidr: string;
  readonly networkInterfaceId: string;
}

export function addressKey(address: string): string {
  return `/ec2/address/${address}`;
}

export const addresses: TableSpec<AddressRecord, 'cidr'> = {
  prefix: '/ec2/address/',
  indexes: { cidr: (row) => row.cidr },
};
