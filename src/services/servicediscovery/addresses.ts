/** Four decimal numbers up to 255. */
export function isIPv4Text(text: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split('.').every((part) => Number(part) <= 255);
}

const groups = 8;

/** Groups of hexadecimal digits with at most one `::` for several that are zero; the last two may be an IPv4 address. */
export function isIPv6Text(text: string): boolean {
  const sides = text.split('::');
  if (sides.length > 2) return false;
  const parts = sides.map((side) => (side === '' ? [] : side.split(':')));
  const all = parts.flat();
  const last = all.at(-1);
  const endsInIPv4 = last !== undefined && isIPv4Text(last);
  const hexadecimal = endsInIPv4 ? all.slice(0, -1) : all;
  if (!hexadecimal.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part))) return false;
  const count = hexadecimal.length + (endsInIPv4 ? 2 : 0);
  return sides.length === 2 ? count < groups : count === groups;
}
