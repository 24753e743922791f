import type { Revision } from '../store.ts';
import type { PackedEntry, PackedPage } from './messages.ts';
import { connect, type Connection, type Statement } from './sqlite.ts';

/** About how many bytes of values a page should have … */
const pageBytes = 1024 * 1024;
/** … and at most how many entries. */
const maxPageEntries = 1000;
const firstPageEntries = 100;

/** All entries under a prefix as of one moment: a reading transaction on a connection of its own. */
export class Listing {
  readonly #connection: Connection;
  readonly #prefix: string;
  readonly #select: Statement;
  readonly #revision: Revision;
  #after = '';
  #entries = firstPageEntries;

  constructor(path: string, prefix: string) {
    this.#connection = connect(path);
    this.#prefix = prefix;
    try {
      this.#connection.exec('BEGIN');
      const [revision] = this.#connection.prepare('SELECT revision FROM journal').raw().get() as [Revision];
      this.#revision = revision;
      this.#select = this.#connection
        .prepare('SELECT key, modified, created, value FROM entry WHERE key >= ? AND key > ? ORDER BY key LIMIT ?')
        .raw();
    } catch (thrown) {
      this.#connection.close();
      throw thrown;
    }
  }

  next(): PackedPage {
    const wanted = this.#entries;
    // SQLite seeks to the first of the two bounds and only filters by the other: with the prefix there, each page would read all before it.
    const from = this.#after === '' ? this.#prefix : this.#after;
    const rows = this.#select.all(from, this.#after, wanted);
    // Keys under a prefix stand together: the first other key is behind the last of them.
    const end = rows.findIndex((row) => !keyOf(row).startsWith(this.#prefix));
    const own = end < 0 ? rows : rows.slice(0, end);
    const page = Listing.pack(this.#revision, own, own.length < wanted);
    this.#after = own.length > 0 ? keyOf(own.at(-1)) : this.#after;
    const rowBytes = page.values.length / Math.max(1, own.length);
    this.#entries = Math.max(1, Math.min(maxPageEntries, Math.floor(pageBytes / Math.max(1, rowBytes))));
    return page;
  }

  close(): void {
    // Ends the view of the past at once; closing alone would wait until the statement is collected.
    this.#connection.exec('COMMIT');
    this.#connection.close();
  }

  /** Rows of key, modified, created and value as one message. */
  static pack(revision: Revision, rows: readonly unknown[], isLast: boolean): PackedPage {
    const entries: PackedEntry[] = [];
    const parts: Uint8Array[] = [];
    let length = 0;
    for (const row of rows) {
      const [key, modRevision, createRevision, value] = row as [string, Revision, Revision, Uint8Array];
      entries.push({ key, modRevision, createRevision, length: value.length });
      parts.push(value);
      length += value.length;
    }
    const values = new Uint8Array(length);
    let offset = 0;
    for (const part of parts) {
      values.set(part, offset);
      offset += part.length;
    }
    return { revision, entries, values, isLast };
  }
}

function keyOf(row: unknown): string {
  return (row as [string])[0];
}
