import { Unavailable } from '../../../kernel/index.ts';
import type { Database, Transaction } from '../../../store/index.ts';
import { loopbackAddresses } from '../limits.ts';
import { loopbackAddressKey, loopbackAddressTable } from '../records/loopback-address.ts';

/** The address at a place from 1 to 65534: 127.80.0.1, 127.80.0.2, …, 127.80.255.254. */
export function loopbackAddressAt(place: number): string {
  return `127.80.${place >> 8}.${place & 0xff}`;
}

/**
 * Addresses of 127.80.0.0/16, in turn: one that was given back comes again only after the whole round, so that no client that remembers it
 * reaches another load balancer soon.
 */
export class LoopbackAddresses {
  readonly #db: Database;
  #next = 1;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Takes a free address in `tx`. @throws Unavailable when all are taken */
  take(tx: Transaction, loadBalancerArn: string): string {
    const table = this.#db.table(loopbackAddressTable);
    for (let tried = 0; tried < loopbackAddresses; tried += 1) {
      const address = loopbackAddressAt(this.#next);
      this.#next = (this.#next % loopbackAddresses) + 1;
      if (table.get(loopbackAddressKey(address)) !== undefined) continue;
      tx.create(loopbackAddressTable, loopbackAddressKey(address), { address, loadBalancerArn });
      return address;
    }
    throw new Unavailable('all addresses of 127.80.0.0/16 belong to load balancers');
  }

  release(tx: Transaction, address: string): void {
    tx.delete(loopbackAddressTable, loopbackAddressKey(address));
  }
}
