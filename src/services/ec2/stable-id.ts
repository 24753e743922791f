const offset = 0x6c62272e07bb014262b821756295c58dn;
const prime = 0x1000000000000000000013bn;
const mask = (1n << 128n) - 1n;

/**
 * An id such as `vpc-0` and 16 hexadecimal digits that is always the same for the same parts, for what every account has
 * without having made it. (FNV-1a, 128 bits: ids must differ, not be secret.)
 */
export function stableId(kind: string, ...parts: readonly string[]): string {
  let hash = offset;
  // The text twice: the last characters of one round reach all digits in the next.
  const text = `${kind}/${parts.join('/')}\n`;
  for (const char of text + text) hash = ((hash ^ BigInt(char.codePointAt(0) ?? 0)) * prime) & mask;
  return `${kind}-0${(hash & ((1n << 64n) - 1n)).toString(16).padStart(16, '0')}`;
}
