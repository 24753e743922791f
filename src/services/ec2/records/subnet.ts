import { networkTable } from './network-table.ts';
import type { NetworkThing } from './scope.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Subnet.html */
export interface SubnetRecord extends NetworkThing {
  readonly vpcId: string;
  readonly cidr: string;
  readonly availabilityZone: string;
  readonly availabilityZoneId: string;
  readonly isDefault: boolean;
  readonly mapPublicIpOnLaunch: boolean;
}

export const subnets = networkTable<SubnetRecord>('subnet', ({ vpcId }) => vpcId);
