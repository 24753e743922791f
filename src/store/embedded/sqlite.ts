import Database from 'libsql';

export type Connection = Database.Database;
export type Statement = Database.Statement;

/** Opens a connection that waits for nobody: only this process uses the file. */
export function connect(path: string): Connection {
  return new Database(path);
}

/** SQLite's primary result code of a thrown error, such as 13 for SQLITE_FULL; undefined when it is none of SQLite's. */
export function resultCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('rawCode' in thrown) || typeof thrown.rawCode !== 'number') return undefined;
  return thrown.rawCode & 0xff;
}

export const sqliteBusy = 5;
export const sqliteFull = 13;
