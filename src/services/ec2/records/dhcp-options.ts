import { networkTable } from './network-table.ts';
import type { NetworkThing } from './scope.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DhcpOptions.html */
export interface DhcpOptionsRecord extends NetworkThing {
  readonly domainName: string;
}

export const dhcpOptions = networkTable<DhcpOptionsRecord>('dhcp-options', () => undefined);
