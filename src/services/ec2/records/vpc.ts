import { networkTable } from './network-table.ts';
import type { NetworkThing } from './scope.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Vpc.html */
export interface VpcRecord extends NetworkThing {
  /** The first is the one it was made with. */
  readonly cidrs: readonly { readonly cidr: string; readonly associationId: string }[];
  readonly isDefault: boolean;
  readonly dhcpOptionsId: string;
  readonly enableDnsSupport: boolean;
  readonly enableDnsHostnames: boolean;
}

export const vpcs = networkTable<VpcRecord>('vpc', ({ id }) => id);
