import type { Ids } from '../../kernel/index.ts';
import { InvalidArgument, Unavailable } from '../../kernel/index.ts';
import type { Database, Transaction } from '../../store/index.ts';
import { isUsableIn, nextFreeAddress, parsePrefix, usableAddresses } from './addresses.ts';
import { addresses, addressKey } from './records/address.ts';
import type { SubnetRecord } from './records/subnet.ts';

/** Gives out the addresses of subnets, in turn. */
export class FreeAddresses {
  readonly #deps: { readonly database: Database; readonly ids: Ids };
  /** By subnet prefix, the place after the address given last: an address comes back only after the whole round. */
  readonly #nextPlaces = new Map<string, number>();
  /** Addresses chosen in a transaction that is still being built; the table does not show them yet. */
  readonly #chosen = new WeakMap<Transaction, Set<string>>();

  constructor(deps: { readonly database: Database; readonly ids: Ids }) {
    this.#deps = deps;
  }

  /**
   * An address of one of the subnets, beginning with the one that chance says.
   * @param chance a number in [0, 1)
   * @throws Unavailable when no subnet has an address left
   */
  take(
    tx: Transaction,
    subnets: readonly SubnetRecord[],
    chance: number,
  ): { readonly subnet: SubnetRecord; readonly address: string } {
    const table = this.#deps.database.table(addresses);
    const first = Math.floor(chance * subnets.length);
    for (const subnet of [...subnets.slice(first), ...subnets.slice(0, first)]) {
      const prefix = parsePrefix(subnet.cidr);
      if (table.count('cidr', subnet.cidr) >= usableAddresses(prefix)) continue;
      const start =
        this.#nextPlaces.get(subnet.cidr) ?? Math.floor(this.#deps.ids.fraction() * usableAddresses(prefix));
      const found = nextFreeAddress(prefix, start, (address) => this.#isFree(tx, address));
      if (found === undefined) continue;
      this.#nextPlaces.set(subnet.cidr, found.nextPlace);
      this.#chosenIn(tx).add(found.address);
      return { subnet, address: found.address };
    }
    const names = subnets.map(({ id }) => id).join(', ');
    throw new Unavailable(`InsufficientFreeAddressesInSubnet: no free private address is left in ${names}`);
  }

  /** Addresses a subnet can still give. All accounts share the addresses, so other accounts' interfaces count. */
  freeIn(cidr: string): number {
    return usableAddresses(parsePrefix(cidr)) - this.#deps.database.table(addresses).count('cidr', cidr);
  }

  /** A certain address of a subnet. @throws InvalidArgument when it is not of the subnet, AWS's own, or in use */
  takeThis(tx: Transaction, subnet: SubnetRecord, address: string): string {
    if (!isUsableIn(parsePrefix(subnet.cidr), address)) {
      throw new InvalidArgument(
        `The address '${address}' is not one that interfaces of the subnet '${subnet.id}' can have`,
      );
    }
    if (!this.#isFree(tx, address)) throw new InvalidArgument(`The address '${address}' is in use`);
    this.#chosenIn(tx).add(address);
    return address;
  }

  #isFree(tx: Transaction, address: string): boolean {
    const table = this.#deps.database.table(addresses);
    return !this.#chosenIn(tx).has(address) && table.get(addressKey(address)) === undefined;
  }

  #chosenIn(tx: Transaction): Set<string> {
    let chosen = this.#chosen.get(tx);
    if (chosen === undefined) this.#chosen.set(tx, (chosen = new Set()));
    return chosen;
  }
}
