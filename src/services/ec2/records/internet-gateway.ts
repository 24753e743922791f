import { networkTable } from './network-table.ts';
import type { NetworkThing } from './scope.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InternetGateway.html */
export interface InternetGatewayRecord extends NetworkThing {
  /** The VPC it is attached to. */
  readonly vpcId?: string;
}

export const internetGateways = networkTable<InternetGatewayRecord>('internet-gateway', ({ vpcId }) => vpcId);
