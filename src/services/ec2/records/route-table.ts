import { networkTable } from './network-table.ts';
import type { Idempotent, NetworkThing } from './scope.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RouteTable.html */
export interface RouteTableRecord extends NetworkThing, Idempotent {
  readonly vpcId: string;
  readonly associations: readonly RouteTableAssociation[];
  /** Apart from the local routes, which follow from the VPC's address blocks. */
  readonly routes: readonly RouteRecord[];
}

/** `main`: of all subnets that no other association names. */
export type RouteTableAssociation =
  | { readonly id: string; readonly main: true }
  | { readonly id: string; readonly main: false; readonly subnetId: string };

export interface RouteRecord {
  /** An IPv4 block, or `pl-…`. */
  readonly destination: string;
  readonly target:
    | { readonly internetGatewayId: string }
    | { readonly natGatewayId: string }
    | { readonly vpcEndpointId: string }
    | { readonly networkInterfaceId: string };
}

export const routeTables = networkTable<RouteTableRecord>('route-table', ({ vpcId }) => vpcId);
