let next = (process.pid % 50) * 4_000;

/** A loopback address that no other test uses at the same time. */
export function freshAddress(): string {
  next += 1;
  return `127.${120 + (Math.floor(next / 62_500) % 100)}.${Math.floor(next / 250) % 250}.${(next % 250) + 1}`;
}
