import type { SubnetPolicy, Traffic, VpcPolicy } from '../../../network-protocol/index.ts';
import type { PlacedOn } from '../ports.ts';

/** One of the two that a packet goes between. */
export type End = InterfaceEnd | OutsideEnd;

/** A network interface of the account. */
export interface InterfaceEnd {
  readonly kind: 'interface';
  /** `eni-…` */
  readonly id: string;
  readonly address: string;
  /** The machine that it is on; absent: that is not known, or other machines do not reach it. */
  readonly machine?: PlacedOn | undefined;
  readonly vpc: VpcPolicy;
  readonly subnet: SubnetPolicy;
  /** Empty: nothing is refused. */
  readonly groups: readonly GroupOfEnd[];
  readonly wayOut: WayOut;
  /** What it is seen as outside of its VPC; absent: it gets nowhere there. */
  readonly seenAs?: string | undefined;
  /** The public address by which it is called; absent: it is by its private one. */
  readonly calledAt?: string | undefined;
}

/** Where packets go that leave the VPC, and by which route, or why there is no way. */
export type WayOut =
  | { readonly kind: 'internet' | 'nat'; readonly by: string }
  | { readonly kind: 'none'; readonly because: string };

export interface GroupOfEnd {
  readonly id: string;
  readonly name: string;
  readonly rules: readonly RuleOfGroup[];
}

export interface RuleOfGroup {
  /** `sgr-…` */
  readonly id: string;
  readonly isEgress: boolean;
  readonly traffic: Traffic;
  readonly peer: { readonly cidrs: readonly string[]; readonly name: string } | { readonly group: string };
}

/** Addresses that no interface of the account has. */
export interface OutsideEnd {
  readonly kind: 'outside';
  /** `internet`, or an address. */
  readonly name: string;
  readonly cidr: string;
  /** A public address of Longshore's at which nobody is reached. */
  readonly nobody?: true;
}
