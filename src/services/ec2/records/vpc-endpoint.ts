import { networkTable } from './network-table.ts';
import type { Idempotent, NetworkThing } from './scope.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html */
export interface VpcEndpointRecord extends NetworkThing, Idempotent {
  readonly vpcId: string;
  /** Such as `com.amazonaws.us-east-1.ecr.api`. */
  readonly serviceName: string;
  readonly policyDocument: string;
  readonly createdAtMs: number;
  readonly kind:
    | { readonly type: 'Gateway'; readonly routeTableIds: readonly string[] }
    | {
        readonly type: 'Interface';
        /** One in each subnet, of different zones. */
        readonly interfaces: readonly EndpointInterface[];
        readonly securityGroupIds: readonly string[];
        readonly privateDnsEnabled: boolean;
      };
}

export interface EndpointInterface {
  readonly subnetId: string;
  readonly networkInterfaceId: string;
}

export const vpcEndpoints = networkTable<VpcEndpointRecord>('vpc-endpoint', ({ vpcId }) => vpcId);
