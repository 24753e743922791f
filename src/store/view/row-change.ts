import type { Revision } from '../store.ts';
import type { RowChange } from './table.ts';

/** A change whose row before is decoded when it is first read. */
export class LazyChange implements RowChange<unknown> {
  readonly key: string;
  readonly revision: Revision;
  readonly after: unknown;
  #decode: (() => unknown) | undefined;
  #before: unknown;

  /** @param decode gives the row before; undefined when there was none */
  constructor({ key, revision, after }: Omit<RowChange<unknown>, 'before'>, decode: (() => unknown) | undefined) {
    this.key = key;
    this.revision = revision;
    this.after = after;
    this.#decode = decode;
  }

  get before(): unknown {
    if (this.#decode !== undefined) [this.#before, this.#decode] = [this.#decode(), undefined];
    return this.#before;
  }
}
