import type { Database, Table, Transaction } from '../../store/index.ts';
import { defaultNetwork, defaultTables, type DefaultRows } from './default-network.ts';
import { defaultNetworkMarkKey, defaultNetworkMarks } from './records/default-network-mark.ts';
import { networkInterfaces, type NetworkInterfaceRecord } from './records/network-interface.ts';
import type { NetworkTable, ScopedTable } from './records/network-table.ts';
import { scopeText, type NetworkThing, type Scope } from './records/scope.ts';

// The default network is computed as long as nobody has changed any of it, and in the tables from then on. Everything else of this service reads and
// writes networks through the two classes below and sees no difference.

/** Reads what accounts have. */
export class Networks {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get<Row extends NetworkThing>(table: ScopedTable<Row>, scope: Scope, id: string): Row | undefined {
    const stored = this.#database.get(table, table.key(scope, id))?.row;
    return stored ?? this.#computed(table, scope).find((row) => row.id === id);
  }

  /** All of an account and region. */
  all<Row extends NetworkThing>(table: ScopedTable<Row>, scope: Scope): readonly Row[] {
    return [...this.#computed(table, scope), ...rowsOf(this.#database.table(table), 'scope', scopeText(scope))];
  }

  /** How many an account and region have, without reading them. */
  count<Row extends NetworkThing>(table: ScopedTable<Row>, scope: Scope): number {
    return this.#computed(table, scope).length + this.#database.table(table).count('scope', scopeText(scope));
  }

  /** The interfaces with tags, of which there are few, while tasks may have many. */
  taggedInterfaces(scope: Scope): readonly NetworkInterfaceRecord[] {
    return [...rowsOf(this.#database.table(networkInterfaces), 'tagged', scopeText(scope))];
  }

  /** Those of a subnet. */
  interfacesOf(subnetId: string): Iterable<NetworkInterfaceRecord> {
    return rowsOf(this.#database.table(networkInterfaces), 'subnet', subnetId);
  }

  /** All that belong to a VPC. */
  ofVpc<Row extends NetworkThing>(table: NetworkTable<Row>, scope: Scope, vpcId: string): readonly Row[] {
    const computed = this.#computed(table, scope).filter((row) => table.indexes.vpc(row) === vpcId);
    return [...computed, ...rowsOf(this.#database.table(table), 'vpc', vpcId)];
  }

  #computed<Row extends NetworkThing>(table: ScopedTable<Row>, scope: Scope): readonly Row[] {
    if (this.#database.get(defaultNetworkMarks, defaultNetworkMarkKey(scope)) !== undefined) return [];
    return computedRows(table, scope);
  }
}

function* rowsOf<Row, Index extends string>(present: Table<Row, Index>, index: Index, value: string): Iterable<Row> {
  for (const key of present.keys(index, value)) {
    const row = present.get(key)?.row;
    if (row !== undefined) yield row;
  }
}

/** Reads and writes single things of an account and region in a transaction, which commits only if what was read is still so. */
export class NetworkWriter {
  readonly #tx: Transaction;
  readonly #scope: Scope;

  constructor(tx: Transaction, { account, region }: Scope) {
    this.#tx = tx;
    this.#scope = { account, region };
  }

  get<Row extends NetworkThing>(table: ScopedTable<Row>, id: string): Row | undefined {
    const stored = this.#tx.get(table, table.key(this.#scope, id));
    if (stored !== undefined || this.#isStored()) return stored;
    return computedRows(table, this.#scope).find((row) => row.id === id);
  }

  /** Writes a row that was read, or is new. */
  put<Row extends NetworkThing>(table: ScopedTable<Row>, row: Row): void {
    this.#storeDefaultNetwork();
    this.#tx.put(table, table.key(this.#scope, row.id), row);
  }

  /** Writes a new row, without a look at the default network. @throws Conflict when its id is taken */
  create<Row extends NetworkThing>(table: ScopedTable<Row>, row: Row): void {
    this.#tx.create(table, table.key(this.#scope, row.id), row);
  }

  delete<Row extends NetworkThing>(table: ScopedTable<Row>, id: string): void {
    this.#storeDefaultNetwork();
    this.#tx.delete(table, table.key(this.#scope, id));
  }

  #isStored(): boolean {
    return this.#tx.get(defaultNetworkMarks, defaultNetworkMarkKey(this.#scope)) !== undefined;
  }

  /** The first change of any thing writes the whole default network, so that what is deleted of it stays deleted. */
  #storeDefaultNetwork(): void {
    if (this.#isStored()) return;
    this.#tx.put(defaultNetworkMarks, defaultNetworkMarkKey(this.#scope), this.#scope);
    const network = defaultNetwork(this.#scope);
    for (const { table, rows } of defaultTables as readonly DefaultRows[]) {
      for (const row of rows(network)) this.#tx.put(table, table.key(this.#scope, row.id), row);
    }
  }
}

function computedRows<Row extends NetworkThing>(table: ScopedTable<Row>, scope: Scope): readonly Row[] {
  const found = (defaultTables as readonly DefaultRows[]).find((each) => each.table.prefix === table.prefix);
  // The table found is the very table asked for, so its rows are of its type.
  return (found?.rows(defaultNetwork(scope)) ?? []) as readonly Row[];
}
