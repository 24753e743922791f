import { networkTable } from './network-table.ts';
import type { NetworkThing, Tagged } from './scope.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroup.html */
export interface SecurityGroupRecord extends NetworkThing {
  readonly name: string;
  readonly description: string;
  readonly vpcId: string;
  /** In the order they were made; AWS allows 60 in each direction. */
  readonly rules: readonly SecurityGroupRule[];
  /** Somebody deletes it: nobody may begin to use it. */
  readonly deleting?: true;
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html */
export interface SecurityGroupRule extends Tagged {
  /** `sgr-…` */
  readonly id: string;
  readonly isEgress: boolean;
  /** `tcp`, `udp`, `icmp`, `icmpv6`, another protocol's number, or `-1`: every protocol. */
  readonly protocol: string;
  /** First port, or ICMP type; -1: any. */
  readonly fromPort: number;
  /** Last port, or ICMP code; -1: any. */
  readonly toPort: number;
  /** Who is on the other side. */
  readonly peer:
    | { readonly cidr: string }
    | { readonly cidrIpv6: string }
    | { readonly prefixListId: string }
    | { readonly groupId: string };
  readonly description?: string;
}

export const securityGroups = networkTable<SecurityGroupRecord>('security-group', ({ vpcId }) => vpcId);
