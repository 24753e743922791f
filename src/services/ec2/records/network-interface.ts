import type { TableSpec } from '../../../store/index.ts';
import type { ScopedTable } from './network-table.ts';
import { scopeText } from './scope.ts';
import type { Idempotent, NetworkThing, Scope } from './scope.ts';

/** An elastic network interface. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html */
export interface NetworkInterfaceRecord extends NetworkThing, Idempotent {
  /** For a task's interface the ARN of its attachment, for a load balancer's `ELB app/name/id`. */
  readonly description: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly availabilityZone: string;
  readonly privateIpAddress: string;
  readonly privateDnsName: string;
  readonly macAddress: string;
  readonly securityGroupIds: readonly string[];
  /** Made by a service for its user, who may look at it but not change it. */
  readonly requesterManaged: boolean;
  /** Absent: `interface`. */
  readonly interfaceType?: 'network_load_balancer' | 'nat_gateway' | 'vpc_endpoint';
  /** Whose machine it is attached to; absent: `amazon-aws`. */
  readonly instanceOwnerId?: string;
  /** Absent: nobody uses it. */
  readonly attachmentId?: string;
  /** With one it reaches the Internet through an internet gateway. */
  readonly publicIp?: PublicIp;
  /** Absent: true. */
  readonly sourceDestCheck?: false;
  readonly createdAtMs: number;
}

/** Its public address: an Elastic IP, or one that it has as long as it lives. */
export interface PublicIp {
  readonly address: string;
  readonly allocationId?: string;
  readonly associationId?: string;
}

export function networkInterfaceKey(scope: Scope, id: string): string {
  return `/ec2/network-interface/${scopeText(scope)}/${id}`;
}

export const networkInterfaces: ScopedTable<NetworkInterfaceRecord> &
  TableSpec<NetworkInterfaceRecord, 'scope' | 'subnet' | 'group' | 'id' | 'tagged'> = {
  prefix: '/ec2/network-interface/',
  indexes: {
    scope: scopeText,
    subnet: (row) => row.subnetId,
    group: (row) => row.securityGroupIds,
    // For those who wire interfaces of all accounts, and know nothing but their ids.
    id: (row) => row.id,
    tagged: (row) => (hasTags(row) ? scopeText(row) : undefined),
  },
  key: networkInterfaceKey,
};

/** Interfaces of before there were tags have no such member. */
function hasTags({ tags }: Partial<NetworkInterfaceRecord>): boolean {
  return Object.keys(tags ?? {}).length > 0;
}
