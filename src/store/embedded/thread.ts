import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, Unsupported } from '../../kernel/index.ts';
import { Journal } from './journal.ts';
import { lock } from './lock.ts';
import type { Failure, Numbered, Opened, Reply } from './messages.ts';
import { packOutcomes, unpackBatch } from './packed-batch.ts';
import { resultCode, sqliteFull } from './sqlite.ts';

/** What the thread is started with. */
export interface ThreadData {
  readonly journalPath: string;
  readonly lockPath: string;
}

/** The thread that owns the journal: every request is answered in order, each before the next is looked at. */
function run(port: NonNullable<typeof parentPort>, { journalPath, lockPath }: ThreadData): void {
  const send = (message: Opened | Reply): void => {
    const values = 'page' in message ? [message.page.values.buffer as ArrayBuffer] : [];
    port.postMessage(message, values);
  };
  try {
    const held = lock(lockPath);
    if (held === undefined) return send({ failure: { reason: 'locked', message: 'it is in use' } });
    const journal = new Journal(journalPath);
    port.on('message', (request: Numbered) => {
      send(answer(journal, request));
      if (request.kind !== 'close') return;
      held.close();
      port.close();
    });
    send({ revision: journal.revision });
  } catch (thrown) {
    const reason = thrown instanceof Unsupported ? 'foreign' : 'unreadable';
    send({ failure: { reason, message: messageOf(thrown) } });
  }
}

function answer(journal: Journal, request: Numbered): Reply {
  const { id } = request;
  try {
    switch (request.kind) {
      case 'commit':
        return { id, outcomes: packOutcomes(journal.commit(unpackBatch(request.batch))) };
      case 'get':
        return { id, page: journal.get(request.key) };
      case 'page':
        return { id, page: journal.page(request.listing, request.prefix) };
      case 'endList':
        journal.endList(request.listing);
        return { id };
      case 'close':
        journal.close();
        return { id };
    }
  } catch (thrown) {
    return { id, failure: failureOf(thrown) };
  }
}

function failureOf(thrown: unknown): Failure {
  // A full disk is refused before the commit is complete, so nothing of it can come back. After any other error
  // (a failed sync above all) nobody knows what the disk has: it must not be tried again.
  const reason = resultCode(thrown) === sqliteFull ? 'full' : 'broken';
  return { reason, message: messageOf(thrown) };
}

if (parentPort !== null) run(parentPort, workerData as ThreadData);
