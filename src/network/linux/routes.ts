import { routeProtocol } from './names.ts';

/** A route as `ip -j route` prints it, as far as it is read. */
export interface IpRoute {
  /** `default`, an address or a prefix. */
  readonly dst: string;
  readonly type?: string;
  readonly dev?: string;
  readonly protocol?: string;
}

/**
 * The route that stands in the way of a VPC prefix: what this machine reaches otherwise must not be shadowed by task addresses,
 * nor may two VPCs of one machine overlap. Undefined when there is none; the default route is none.
 */
export function routeInTheWay(routes: readonly IpRoute[], prefix: string): IpRoute | undefined {
  return routes.find((route) => {
    if (route.dst === 'default' || !overlap(route.dst, prefix)) return false;
    if (route.protocol !== routeProtocol) return true;
    return route.type === 'unreachable' && route.dst !== prefix;
  });
}

/** Do two IPv4 prefixes have addresses in common? */
export function overlap(a: string, b: string): boolean {
  const [left, right] = [range(a), range(b)];
  return left.first <= right.last && right.first <= left.last;
}

function range(prefix: string): { readonly first: number; readonly last: number } {
  const [address = '', length = '32'] = prefix.split('/');
  const size = 2 ** (32 - Number(length));
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = Math.floor(value / size) * size;
  return { first, last: first + size - 1 };
}
