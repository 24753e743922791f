import { networkTable } from './network-table.ts';
import type { Idempotent, NetworkThing } from './scope.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NatGateway.html */
export interface NatGatewayRecord extends NetworkThing, Idempotent {
  readonly vpcId: string;
  readonly subnetId: string;
  readonly connectivityType: 'public' | 'private';
  /** Absent of one that failed at once. */
  readonly address?: {
    readonly networkInterfaceId: string;
    readonly privateIp: string;
    /** Of a public one. */
    readonly allocationId?: string;
    readonly associationId?: string;
    readonly publicIp?: string;
  };
  readonly createdAtMs: number;
  /** Why it failed, which it did when it was made. */
  readonly failure?: { readonly code: string; readonly message: string };
  /** Of one that was deleted or failed; it stays visible for an hour. */
  readonly deletedAtMs?: number;
}

export const natGateways = networkTable<NatGatewayRecord>('nat-gateway', ({ vpcId }) => vpcId);
