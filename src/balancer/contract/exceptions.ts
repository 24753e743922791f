import { test } from 'vitest';

/** Cases that a data plane cannot hold, by their title or the name of their row, and why. They are shown as skipped. */
export type Exceptions = Readonly<Record<string, string>>;

/** `test`, unless the case is an exception. */
export function testUnless(exceptions: Exceptions, title: string, run: () => Promise<void>, timeoutMs?: number): void {
  const reason = exceptions[title];
  if (reason === undefined) test(title, run, timeoutMs);
  else test.skip(`${title} (${reason})`, run);
}

/** The rows of a table that hold; the others are shown as skipped. */
export function rowsUnless<Row extends readonly [string, ...unknown[]]>(
  exceptions: Exceptions,
  rows: readonly Row[],
): readonly Row[] {
  for (const [name] of rows)
    if (exceptions[name] !== undefined) test.skip(`${name} (${exceptions[name]})`, () => undefined);
  return rows.filter(([name]) => exceptions[name] === undefined);
}
