import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { messageOf, Unavailable, Unsupported, type Log } from '../../kernel/index.ts';
import type { Store } from '../store.ts';
import { Channel } from './channel.ts';
import type { Failure } from './messages.ts';
import { startThread } from './start-thread.ts';
import { EmbeddedStore } from './store.ts';

export interface EmbeddedStoreOptions {
  /** Made when missing, for this user alone. One process at a time may use it. */
  readonly directory: string;
  readonly log: Log;
  /**
   * Called once when the disk failed in a way that leaves the last commits in doubt. The store refuses everything from
   * then on; start the process again, so that it reads what the disk really has.
   */
  readonly onFailure?: (error: Unavailable) => void;
}

/**
 * Opens the journal in a directory of this machine.
 * @throws Unavailable when another process uses the directory or it cannot be read or written; Unsupported when it
 * holds something else, or a store of a newer Longshore
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const { directory, log, onFailure } = options;
  const journalPath = join(directory, 'journal.db');
  const lockPath = join(directory, 'lock');
  try {
    prepare(directory, [journalPath, lockPath]);
  } catch (thrown) {
    throw new Unavailable(`the data directory ${directory} cannot be used: ${messageOf(thrown)}`);
  }
  const worker = startThread({ journalPath, lockPath });
  const opened = await Channel.opened(worker);
  if ('failure' in opened) {
    await worker.terminate();
    throw refusal(directory, opened.failure);
  }
  const channel = new Channel(worker, (failure) => {
    const error = new Unavailable(`the store in ${directory} failed: ${failure.message}; start Longshore again`);
    log.error('the store failed', { directory, error: failure.message });
    store.fail(error);
    onFailure?.(error);
  });
  const store = new EmbeddedStore(channel, opened.revision, log);
  log.info('store opened', { directory, revision: opened.revision });
  return store;
}

/**
 * Makes what is missing, readable by this user alone. A file that exists is not opened here: closing it again would
 * drop the lock that another store of this process holds on it.
 */
function prepare(directory: string, paths: readonly string[]): void {
  if (mkdirSync(directory, { recursive: true, mode: 0o700 }) !== undefined) chmodSync(directory, 0o700);
  for (const path of paths) {
    try {
      closeSync(openSync(path, 'wx', 0o600));
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
    }
  }
  // The names must survive a power failure as surely as what is written under them.
  for (const path of [directory, dirname(resolve(directory))]) {
    const handle = openSync(path, 'r');
    fsyncSync(handle);
    closeSync(handle);
  }
}

function refusal(directory: string, { reason, message }: Failure): Unavailable | Unsupported {
  if (reason === 'locked') {
    return new Unavailable(
      `the data directory ${directory} is in use by another Longshore; stop it or name another one`,
    );
  }
  if (reason === 'foreign') return new Unsupported(`the store in ${directory} cannot be opened: ${message}`);
  return new Unavailable(`the store in ${directory} cannot be opened: ${message}`);
}
