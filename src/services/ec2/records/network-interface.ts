import type { TableSpec } from '../../../store/index.ts';
import { scopeText } from './scope.ts';
import type { Scope } from './scope.ts';

/** An elastic network interface. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html */
export interface NetworkInterfaceRecord extends Scope {
  /** `eni-` and 17 hexadecimal digits. */
  readonly id: string;
  /** For a task's interface the ARN of its attachment, for a load balancer's `ELB app/name/id`. */
  readonly description: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly availabilityZone: string;
  readonly privateIpAddress: string;
  readonly privateDnsName: string;
  readonly macAddress: string;
  readonly securityGroupIds: readonly string[];
  /** It is to be reached from the Internet, and reaches it through an internet gateway. */
  readonly hasPublicAddress?: true;
  /** Made by a service for its user, who may look at it but not change it. */
  readonly requesterManaged: boolean;
  /** Absent: `interface`. */
  readonly interfaceType?: 'network_load_balancer';
  /** Whose machine it is attached to; absent: `amazon-aws`. */
  readonly instanceOwnerId?: string;
  readonly attachmentId: string;
  readonly createdAtMs: number;
}

export function networkInterfaceKey(scope: Scope, id: string): string {
  return `/ec2/network-interface/${scopeText(scope)}/${id}`;
}

export const networkInterfaces: TableSpec<NetworkInterfaceRecord, 'scope' | 'subnet' | 'group' | 'id'> = {
  prefix: '/ec2/network-interface/',
  indexes: {
    scope: scopeText,
    subnet: (row) => row.subnetId,
    group: (row) => row.securityGroupIds,
    // For those who wire interfaces of all accounts, and know nothing but their ids.
    id: (row) => row.id,
  },
};
