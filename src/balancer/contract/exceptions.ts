import { test } from 'vitest';

/** Cases that a data plane cannot hold, by their title or the name of their row, and why. They are shown as skipped. */
export type Exceptions = Readonly<Record<string, string>>;

/** `test`, unless the case is an exception. */
export function testUnless(exceptions: Exceptions, title: string, run: () => Promise<void>): void {
  const reason = exceptions[title];
  test.skipIf(reason !== undefined)(reason === undefined ? title : `${title} (${reason})`, run);
}

/** The rows of a table that hold; the others are shown as skipped. */
export function rowsUnless<Row extends readonly [string, ...unknown[]]>(
  exceptions: Exceptions,
  rows: readonly Row[],
): readonly Row[] {
  for (const [name] of rows) if (exceptions[name] !== undefined) testUnless(exceptions, name, () => Promise.resolve());
  return rows.filter(([name]) => exceptions[name] === undefined);
}
