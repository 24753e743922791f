import { networkTable } from './network-table.ts';
import type { Idempotent, NetworkThing } from './scope.ts';

/** Which subnets it is of stands in the subnets. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAcl.html */
export interface NetworkAclRecord extends NetworkThing, Idempotent {
  readonly vpcId: string;
  readonly isDefault: boolean;
  /** Without the last one, which refuses everything. */
  readonly entries: readonly NetworkAclEntryRecord[];
}

export interface NetworkAclEntryRecord {
  /** 1 to 32766; the lowest that matches decides. */
  readonly ruleNumber: number;
  readonly isEgress: boolean;
  /** IANA's number as text; `-1`: every protocol. */
  readonly protocol: string;
  readonly allow: boolean;
  /** IPv4; absent: it is about the other. */
  readonly cidr?: string;
  /** No interface has an address of it, so nothing meets such an entry. */
  readonly cidrIpv6?: string;
  /** Of TCP and UDP. */
  readonly ports?: { readonly from: number; readonly to: number };
  /** Of ICMP and ICMPv6; -1: any. */
  readonly icmp?: { readonly type: number; readonly code: number };
}

export const networkAcls = networkTable<NetworkAclRecord>('network-acl', ({ vpcId }) => vpcId);
