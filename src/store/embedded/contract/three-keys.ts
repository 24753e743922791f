export const parts = ['a', 'b', 'c'];

/** A fourth key is there exactly when the number in the three is odd. */
export const odd = 'odd';

/** The keys of one client of the crash test, which must always agree. */
export function keyOfPart(client: number, part: string): string {
  return `/crash/${client}/${part}`;
}
