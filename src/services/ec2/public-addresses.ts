import type { Ids } from '../../kernel/index.ts';
import { Unavailable } from '../../kernel/index.ts';
import { publicBlock } from '../../network-protocol/index.ts';
import type { Database, Transaction } from '../../store/index.ts';
import { nextFreeAddress, parsePrefix, usableAddresses } from './addresses.ts';
import { publicAddressKey, publicAddressRows } from './records/public-address.ts';
import type { Scope } from './records/scope.ts';

/** Gives out public addresses in turn, each to one holder of the installation. */
export class PublicAddresses {
  readonly #deps: { readonly database: Database; readonly ids: Ids };
  #nextPlace: number | undefined;
  /** Addresses chosen in a transaction that is still being built. */
  readonly #chosen = new WeakMap<Transaction, Set<string>>();

  constructor(deps: { readonly database: Database; readonly ids: Ids }) {
    this.#deps = deps;
  }

  /**
   * Takes a free address in `tx`, with one creation.
   * @param holder id of the allocation or interface
   * @throws Unavailable when none is left
   */
  take(tx: Transaction, { account, region }: Scope, holder: string): string {
    const table = this.#deps.database.table(publicAddressRows);
    const prefix = parsePrefix(publicBlock);
    const usable = usableAddresses(prefix);
    const chosen = this.#chosen.get(tx) ?? new Set();
    this.#chosen.set(tx, chosen);
    const start = this.#nextPlace ?? Math.floor(this.#deps.ids.fraction() * usable);
    const isFree = (address: string): boolean =>
      !chosen.has(address) && table.get(publicAddressKey(address)) === undefined;
    const found = table.size >= usable ? undefined : nextFreeAddress(prefix, start, isFree);
    if (found === undefined) throw new Unavailable(`no public address of ${publicBlock} is left`);
    const { address, nextPlace } = found;
    this.#nextPlace = nextPlace;
    chosen.add(address);
    tx.create(publicAddressRows, publicAddressKey(address), { account, region, address, holder });
    return address;
  }

  /** Frees an address in `tx`. */
  free(tx: Transaction, address: string): void {
    tx.delete(publicAddressRows, publicAddressKey(address));
  }
}
