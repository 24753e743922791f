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
  /** A subnet has one network ACL, and the id of having it changes with it. */
  readonly networkAcl: { readonly id: string; readonly associationId: string };
  /** Somebody deletes it: it gets no more interfaces. */
  readonly deleting?: true;
}

export const subnets = networkTable<SubnetRecord>('subnet', ({ vpcId }) => vpcId);
