import type { Underlay } from '../../../network-protocol/index.ts';

/** How packets get to a machine: it is this one, it shares a segment with this one, in VXLAN, or not at all. */
export type Way =
  | { readonly kind: 'here' }
  | { readonly kind: 'plain'; readonly device: string }
  | { readonly kind: 'vxlan' }
  | { readonly kind: 'none'; readonly why: string };

/** What `ip -j route get` says of an address, as far as it is read. */
export interface RouteGet {
  readonly type?: string;
  readonly dev?: string;
  readonly gateway?: string;
  readonly prefsrc?: string;
}

/**
 * The same on both machines, so that packets come back the way they went.
 * @param route of the other machine's address; undefined: there is none
 */
export function wayTo(own: Underlay, other: Underlay, route: RouteGet | undefined): Way {
  if (other.address === own.address || route?.type === 'local') return { kind: 'here' };
  if (route === undefined) return { kind: 'none', why: `this machine has no route to ${other.address}` };
  const always = own.vxlan === 'always' || other.vxlan === 'always';
  const onSegment = route.gateway === undefined && route.dev !== undefined;
  if (onSegment && !always) return { kind: 'plain', device: route.dev };
  if (own.vxlan !== 'never' && other.vxlan !== 'never') return { kind: 'vxlan' };
  const without = own.vxlan === 'never' ? 'this machine' : other.address;
  return { kind: 'none', why: `${other.address} takes VXLAN to reach, and ${without} uses none` };
}
