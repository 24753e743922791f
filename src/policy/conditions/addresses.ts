/** An address, or a range of them by prefix length. */
export interface AddressRange {
  /** 4 bytes for IPv4, 16 for IPv6. */
  readonly bytes: readonly number[];
  readonly prefixBits: number;
}

/** An address or CIDR range, IPv4 or IPv6; undefined when the text is none. Without a prefix length it is one address. */
export function readRange(text: string): AddressRange | undefined {
  const [address = '', prefix, ...more] = text.split('/');
  const bytes = readAddress(address);
  if (bytes === undefined || more.length > 0) return undefined;
  if (prefix === undefined) return { bytes, prefixBits: bytes.length * 8 };
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bytes.length * 8) return undefined;
  return { bytes, prefixBits: Number(prefix) };
}

/** An IPv4 address that is written in IPv6 (`::ffff:192.0.2.1`) is IPv4. */
export function readAddress(text: string): readonly number[] | undefined {
  if (!text.includes(':')) return readIpv4(text);
  const bytes = readIpv6(text);
  if (bytes === undefined) return undefined;
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return mapped ? bytes.slice(12) : bytes;
}

function readIpv4(text: string): readonly number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function readIpv6(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : wordsOf(half)));
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 16 ? head : undefined;
  if (tail === undefined || head.length + tail.length > 14) return undefined;
  return [...head, ...Array.from({ length: 16 - head.length - tail.length }, () => 0), ...tail];
}

/** Bytes of words of four hexadecimal digits; the last may be IPv4. */
function wordsOf(text: string): readonly number[] | undefined {
  const words = text.split(':');
  const bytes: number[] = [];
  for (const [index, word] of words.entries()) {
    const ipv4 = index === words.length - 1 && word.includes('.') ? readIpv4(word) : undefined;
    if (ipv4 !== undefined) bytes.push(...ipv4);
    else if (/^[0-9a-f]{1,4}$/i.test(word)) bytes.push(Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 255);
    else return undefined;
  }
  return bytes.length <= 16 ? bytes : undefined;
}

export function isWithin(address: readonly number[], range: AddressRange): boolean {
  if (address.length !== range.bytes.length) return false;
  let bits = range.prefixBits;
  for (let index = 0; bits > 0; index++, bits -= 8) {
    const mask = bits >= 8 ? 255 : (255 << (8 - bits)) & 255;
    if (((address[index] ?? 0) & mask) !== ((range.bytes[index] ?? 0) & mask)) return false;
  }
  return true;
}
