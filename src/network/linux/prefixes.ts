/** Do two IPv4 prefixes have addresses in common? */
export function overlap(a: string, b: string): boolean {
  const [left, right] = [rangeOf(a), rangeOf(b)];
  return left.first <= right.last && right.first <= left.last;
}

/**
 * The networks of a machine: each a list of prefixes without overlap, from the prefixes of each VPC. VPCs that overlap, as those of two
 * installations may, become one network, because an address alone cannot say to which of them it belongs.
 */
export function networksOf(vpcs: readonly (readonly string[])[]): readonly (readonly string[])[] {
  let networks: (readonly string[])[] = [];
  for (const vpc of vpcs) {
    const joined = networks.filter((network) => network.some((a) => vpc.some((b) => overlap(a, b))));
    networks = [...networks.filter((network) => !joined.includes(network)), widest([...joined.flat(), ...vpc])];
  }
  return networks;
}

/** Two prefixes that overlap lie one within the other: the wider one is kept. */
export function widest(prefixes: readonly string[]): readonly string[] {
  const sorted = [...new Set(prefixes)].toSorted((a, b) => sizeOf(b) - sizeOf(a) || a.localeCompare(b));
  const kept: string[] = [];
  for (const prefix of sorted) if (!kept.some((wider) => overlap(wider, prefix))) kept.push(prefix);
  return kept;
}

function sizeOf(prefix: string): number {
  const { first, last } = rangeOf(prefix);
  return last - first + 1;
}

function rangeOf(prefix: string): { readonly first: number; readonly last: number } {
  const [address = '', length = '32'] = prefix.split('/');
  const size = 2 ** (32 - Number(length));
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = Math.floor(value / size) * size;
  return { first, last: first + size - 1 };
}
