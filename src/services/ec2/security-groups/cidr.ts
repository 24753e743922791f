import { formatAddress } from '../addresses.ts';

/** An IPv4 block with the bits behind its length cleared, as AWS keeps it; undefined for other text. */
export function canonicalIpv4(text: string): string | undefined {
  const [, address = '', bits = ''] = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(text) ?? [];
  const parts = address.split('.').map(Number);
  const length = Number(bits);
  if (bits === '' || length > 32 || parts.some((part) => part > 255)) return undefined;
  const value = parts.reduce((sum, part) => sum * 256 + part, 0);
  const size = 2 ** (32 - length);
  return `${formatAddress(Math.floor(value / size) * size)}/${length}`;
}

/** The same for IPv6, written as RFC 5952 says. */
export function canonicalIpv6(text: string): string | undefined {
  const [, address = '', bits = ''] = /^([0-9a-fA-F:.]+)\/(\d{1,3})$/.exec(text) ?? [];
  const length = Number(bits);
  const words = bits === '' || length > 128 ? undefined : parseIpv6(address);
  if (words === undefined) return undefined;
  const masked = words.map((word, index) => {
    const kept = Math.min(16, Math.max(0, length - index * 16));
    return word & ((0xffff << (16 - kept)) & 0xffff);
  });
  return `${formatIpv6(masked)}/${length}`;
}

/** Eight words of 16 bits. */
function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const given = [...(head ?? []), ...(tail ?? [])];
  if (given.some((word) => !/^[0-9a-fA-F]{1,4}$/.test(word))) return undefined;
  const missing = 8 - given.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const words = [...(head ?? []), ...Array.from({ length: missing }, () => '0'), ...(tail ?? [])];
  return words.map((word) => Number.parseInt(word, 16));
}

/** The longest run of zeros, of two words at least, becomes `::`. */
function formatIpv6(words: readonly number[]): string {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < words.length; start += 1) {
    let end = start;
    while (words[end] === 0) end += 1;
    if (end - start > best.length) best = { start, length: end - start };
  }
  const hex = (part: readonly number[]): string => part.map((word) => word.toString(16)).join(':');
  if (best.length < 2) return hex(words);
  return `${hex(words.slice(0, best.start))}::${hex(words.slice(best.start + best.length))}`;
}
