import type { Revision } from '../store.ts';
import type { RowChange } from './table.ts';

/** A change whose rows are decoded when they are first read. */
export class LazyChange implements RowChange<unknown> {
  readonly key: string;
  readonly revision: Revision;
  #before: (() => unknown) | undefined;
  #after: (() => unknown) | undefined;
  #beforeRow: unknown;
  #afterRow: unknown;

  constructor(key: string, revision: Revision, rows: { before?: () => unknown; after?: () => unknown }) {
    this.key = key;
    this.revision = revision;
    this.#before = rows.before;
    this.#after = rows.after;
  }

  get before(): unknown {
    if (this.#before !== undefined) [this.#beforeRow, this.#before] = [this.#before(), undefined];
    return this.#beforeRow;
  }

  get after(): unknown {
    if (this.#after !== undefined) [this.#afterRow, this.#after] = [this.#after(), undefined];
    return this.#afterRow;
  }
}
