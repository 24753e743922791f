import { Unsupported } from '../../kernel/index.ts';
import type { Condition, Operation, Revision } from '../store.ts';
import { Listing } from './listing.ts';
import type { PackedPage, TransactionOutcome } from './messages.ts';
import { connect, type Connection, type Statement } from './sqlite.ts';

/** "Long" in ASCII, in the file's header. */
const applicationId = 0x4c6f6e67;
/** Raised with every change of the tables; an older Longshore then refuses the file. */
const schemaVersion = 1;

const pragmas = [
  'journal_mode = WAL',
  // FULL syncs the log at every commit; NORMAL loses acknowledged commits when the power fails.
  'synchronous = FULL',
  // Pages of log until its content is copied into the database (16 MiB), and what the log file keeps of its size then.
  'wal_autocheckpoint = 4000',
  'journal_size_limit = 67108864',
  'cache_size = -8000',
];

const schema = `
  CREATE TABLE entry (key TEXT NOT NULL UNIQUE, modified INTEGER NOT NULL, created INTEGER NOT NULL, value BLOB NOT NULL);
  CREATE TABLE journal (revision INTEGER NOT NULL);
  INSERT INTO journal VALUES (0);
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`;

interface Transaction {
  readonly conditions: readonly Condition[];
  readonly operations: readonly Operation[];
}

interface Found {
  readonly row: number;
  readonly modified: Revision;
  readonly created: Revision;
}

/** The documents in SQLite. Synchronous; lives in the thread. */
export class Journal {
  readonly #path: string;
  readonly #connection: Connection;
  readonly #find: Statement;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #delete: Statement;
  readonly #advance: Statement;
  readonly #listings = new Map<number, Listing>();
  #revision: Revision;

  /** @throws Unsupported when the file is not a store this version reads; SQLite's errors */
  constructor(path: string) {
    this.#path = path;
    this.#connection = connect(path);
    for (const pragma of pragmas) this.#connection.pragma(pragma);
    this.#checkDurability();
    this.#prepareSchema();
    const prepare = (sql: string): Statement => this.#connection.prepare(sql);
    this.#find = prepare('SELECT rowid, modified, created FROM entry WHERE key = ?').raw();
    this.#insert = prepare('INSERT INTO entry (key, modified, created, value) VALUES (?, ?, ?, ?)');
    this.#update = prepare('UPDATE entry SET modified = ?, value = ? WHERE rowid = ?');
    this.#delete = prepare('DELETE FROM entry WHERE rowid = ?');
    this.#advance = prepare('UPDATE journal SET revision = ?');
    this.#revision = numbers(prepare('SELECT revision FROM journal').raw().get())[0] ?? 0;
  }

  get revision(): Revision {
    return this.#revision;
  }

  /** Commits transactions in order, each against what those before it left, with one sync. Throws: none is committed. */
  commit(transactions: Iterable<Transaction>): TransactionOutcome[] {
    const before = this.#revision;
    this.#connection.exec('BEGIN IMMEDIATE');
    try {
      const outcomes: TransactionOutcome[] = [];
      for (const transaction of transactions) outcomes.push(this.#apply(transaction));
      if (this.#revision !== before) this.#advance.run(this.#revision);
      this.#connection.exec('COMMIT');
      return outcomes;
    } catch (thrown) {
      this.#revision = before;
      // A full disk has rolled back already.
      if (this.#connection.inTransaction) this.#connection.exec('ROLLBACK');
      throw thrown;
    }
  }

  /** A page of one entry or none. */
  get(key: string): PackedPage {
    const row = this.#connection
      .prepare('SELECT key, modified, created, value FROM entry WHERE key = ?')
      .raw()
      .get(key);
    return Listing.pack(this.#revision, row === undefined ? [] : [row], true);
  }

  page(listing: number, prefix: string): PackedPage {
    let open = this.#listings.get(listing);
    if (open === undefined) {
      open = new Listing(this.#path, prefix);
      this.#listings.set(listing, open);
    }
    const page = open.next();
    if (page.isLast) this.endList(listing);
    return page;
  }

  endList(listing: number): void {
    this.#listings.get(listing)?.close();
    this.#listings.delete(listing);
  }

  close(): void {
    for (const listing of this.#listings.keys()) this.endList(listing);
    this.#connection.close();
  }

  #apply({ conditions, operations }: Transaction): TransactionOutcome {
    const found = new Map<string, Found | undefined>();
    const look = (key: string): Found | undefined => {
      if (!found.has(key)) found.set(key, this.#lookUp(key));
      return found.get(key);
    };
    const holds = ({ key, modRevision }: Condition): boolean => (look(key)?.modified ?? 0) === modRevision;
    if (!conditions.every(holds)) return { ok: false, revision: this.#revision, created: [] };
    const revision = this.#revision + 1;
    const created: Revision[] = [];
    for (const operation of operations) {
      if ('put' in operation) {
        created.push(this.#put(operation.put, operation.value, revision, look(operation.put)));
      } else {
        const row = look(operation.delete)?.row;
        if (row !== undefined) this.#delete.run(row);
        created.push(row === undefined ? -1 : 0);
      }
    }
    if (created.some((one) => one >= 0)) this.#revision = revision;
    return { ok: true, revision: this.#revision, created };
  }

  #put(key: string, value: Uint8Array, revision: Revision, before: Found | undefined): Revision {
    if (before === undefined) this.#insert.run(key, revision, revision, value);
    else this.#update.run(revision, value, before.row);
    return before?.created ?? revision;
  }

  #lookUp(key: string): Found | undefined {
    const row = this.#find.get(key);
    if (row === undefined) return undefined;
    const [rowid = 0, modified = 0, created = 0] = numbers(row);
    return { row: rowid, modified, created };
  }

  /** SQLite keeps quietly to what it had where a file system cannot do what is asked, such as a shared map for the log. */
  #checkDurability(): void {
    const [mode, synchronous] = [this.#read('journal_mode'), this.#read('synchronous')];
    if (mode !== 'wal' || synchronous !== 2) {
      throw new Unsupported(
        `its file system cannot hold a write-ahead log (journal_mode ${String(mode)}, synchronous ${String(synchronous)})`,
      );
    }
  }

  #read(pragma: string): unknown {
    return (this.#connection.prepare(`PRAGMA ${pragma}`).raw().get() as unknown[])[0];
  }

  #prepareSchema(): void {
    const tables = this.#connection.prepare('SELECT count(*) FROM sqlite_schema').raw().get();
    if (numbers(tables)[0] === 0) return void this.#connection.exec(`BEGIN IMMEDIATE; ${schema} COMMIT;`);
    if (this.#read('application_id') !== applicationId)
      throw new Unsupported('it is a database, but not a store of Longshore');
    const version = this.#read('user_version');
    if (version !== schemaVersion) {
      throw new Unsupported(`it has schema version ${String(version)}; this Longshore reads version ${schemaVersion}`);
    }
  }
}

/** A row of integers; the driver types rows as unknown. */
function numbers(row: unknown): number[] {
  return row as number[];
}
