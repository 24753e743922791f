/** An IPv4 prefix such as `172.31.0.0/20`, as numbers. */
export interface Prefix {
  readonly first: number;
  readonly length: number;
}

export function parsePrefix(cidr: string): Prefix {
  const [address = '', length = ''] = cidr.split('/');
  return { first: parseAddress(address), length: Number(length) };
}

export function parseAddress(text: string): number {
  return text.split('.').reduce((value, part) => value * 256 + Number(part), 0);
}

export function formatAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

/** Of every subnet AWS keeps the first four addresses and the last. */
const reservedFirst = 4;
const reservedLast = 1;

/** Addresses a subnet can give to interfaces. */
export function usableAddresses({ length }: Prefix): number {
  return 2 ** (32 - length) - reservedFirst - reservedLast;
}

/** Whether an interface of the subnet can have the address. */
export function isUsableIn(prefix: Prefix, address: string): boolean {
  const value = parseAddress(address);
  const place = value - prefix.first - reservedFirst;
  return formatAddress(value) === address && place >= 0 && place < usableAddresses(prefix);
}

/** The subnet's router, which is its first address after the network's own. */
export function gatewayOf({ first }: Prefix): string {
  return formatAddress(first + 1);
}

/**
 * The first free address at or after place `start`, going round the subnet once.
 * @param start a number from 0 to usableAddresses - 1
 * @returns the address and the place after it; undefined when every address is taken
 */
export function nextFreeAddress(
  prefix: Prefix,
  start: number,
  isFree: (address: string) => boolean,
): { readonly address: string; readonly nextPlace: number } | undefined {
  const usable = usableAddresses(prefix);
  for (let tried = 0; tried < usable; tried += 1) {
    const place = (start + tried) % usable;
    const address = formatAddress(prefix.first + reservedFirst + place);
    if (isFree(address)) return { address, nextPlace: (place + 1) % usable };
  }
  return undefined;
}

/** A locally administered MAC that is as unique as the address it is made from. */
export function macOf(address: string): string {
  const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return ['0a', '58', ...bytes].join(':');
}

/** The name AWS's resolver has for a private address. */
export function privateDnsName(address: string, region: string): string {
  return `ip-${address.replaceAll('.', '-')}.${domainOf(region)}`;
}

/** The name AWS's resolver has for a public address. */
export function publicDnsName(address: string, region: string): string {
  const domain = region === 'us-east-1' ? 'compute-1.amazonaws.com' : `${region}.compute.amazonaws.com`;
  return `ec2-${address.replaceAll('.', '-')}.${domain}`;
}

/** The domain that names of private addresses are in. */
export function domainOf(region: string): string {
  return region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
}

/** An IPv4 block as AWS takes it, with the bits behind its length set to 0; undefined for other text. */
export function readCidr(text: string): string | undefined {
  const [, address = '', bits = ''] = /^(\d+\.\d+\.\d+\.\d+)\/(\d{1,2})$/.exec(text) ?? [];
  const length = Number(bits);
  if (bits === '' || length > 32 || formatAddress(parseAddress(address)) !== address) return undefined;
  const size = 2 ** (32 - length);
  return `${formatAddress(Math.floor(parseAddress(address) / size) * size)}/${length}`;
}

export function overlaps(one: string, other: string): boolean {
  const [a, b] = [parsePrefix(one), parsePrefix(other)];
  const size = 2 ** (32 - Math.min(a.length, b.length));
  return Math.floor(a.first / size) === Math.floor(b.first / size);
}

/** Whether all of `inner` is in `outer`. */
export function contains(outer: string, inner: string): boolean {
  return parsePrefix(outer).length <= parsePrefix(inner).length && overlaps(outer, inner);
}
