import { connect, resultCode, sqliteBusy, type Connection } from './sqlite.ts';

/**
 * Takes the directory's lock: an exclusive transaction on a file of its own, which the kernel ends when the process
 * dies, however it dies. Undefined when another process, or another store of this one, holds it.
 */
export function lock(path: string): Connection | undefined {
  const connection = connect(path);
  try {
    connection.exec('BEGIN EXCLUSIVE');
    return connection;
  } catch (thrown) {
    connection.close();
    if (resultCode(thrown) === sqliteBusy) return undefined;
    throw thrown;
  }
}
