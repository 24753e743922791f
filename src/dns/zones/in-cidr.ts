/** Is an IPv4 address in a range such as `172.31.0.0/16`? What is no address or no range is in none. */
export function inCidr(address: string, cidr: string): boolean {
  const [base = '', length = ''] = cidr.split('/');
  const [at, from] = [numberOf(address), numberOf(base)];
  const bits = Number(length);
  if (at === undefined || from === undefined || !/^\d{1,2}$/.test(length) || bits > 32) return false;
  const size = 2 ** (32 - bits);
  return Math.floor(at / size) === Math.floor(from / size);
}

function numberOf(address: string): number | undefined {
  // As a socket of both families names an IPv4 address.
  const parts = address.replace(/^::ffff:/, '').split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}
