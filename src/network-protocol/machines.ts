/** How other machines reach a machine: on the network that all of them are on, not on a VPC's. */
export interface Underlay {
  /** IPv4 address. */
  readonly address: string;
  readonly vxlan: VxlanUse;
}

/**
 * Whether a machine exchanges packets in VXLAN: with machines that it shares no segment with (`across`), with all (`always`, on networks that carry
 * no addresses but those they gave), or with none (`never`, such as where the kernel has none).
 */
export type VxlanUse = 'across' | 'always' | 'never';

export const vxlanUses: readonly VxlanUse[] = ['across', 'always', 'never'];

/** Addresses of a VPC that are on one machine. */
export interface RemoteAddresses {
  readonly machine: Underlay;
  readonly addresses: readonly string[];
}

/** Where addresses of a VPC are from now on. One that is named has moved there from wherever it was. */
export interface RemoteChange {
  readonly vpcId: string;
  /** These are all addresses of the VPC: what is not named is on no machine. */
  readonly whole: boolean;
  readonly at: readonly RemoteAddresses[];
  /** On no machine any more. */
  readonly gone: readonly string[];
}
