import type { TableSpec } from '../../../store/index.ts';

/** A loopback address that belongs to a load balancer: its key is the address alone, so two can never have the same. */
export interface LoopbackAddressRecord {
  readonly address: string;
  readonly loadBalancerArn: string;
}

export function loopbackAddressKey(address: string): string {
  return `/elbv2/loopback-address/${address}`;
}

export const loopbackAddressTable: TableSpec<LoopbackAddressRecord, never> = {
  prefix: '/elbv2/loopback-address/',
  indexes: {},
};
