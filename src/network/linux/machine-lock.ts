import { connect } from 'node:net';
import type { Server } from 'node:net';
import { NetworkFailed } from '../index.ts';
import { listenAbstract } from './abstract-socket.ts';

const name = 'longshore/network/lock';
/** Longer than any change takes, even one whose commands all hang for their longest time but one. */
const longestWaitMs = 30_000;

/**
 * Changes of what the agents of a machine share happen one at a time. The lock is a socket in the abstract namespace: it belongs to the
 * network namespace, as all that it guards, and the kernel frees it with the process that holds it, however that ends.
 */
export class MachineLock {
  #last: Promise<unknown> = Promise.resolve();

  /** @throws NetworkFailed when another process does not let go */
  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => locked(work));
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

async function locked<T>(work: () => Promise<T>): Promise<T> {
  const release = await take();
  try {
    return await work();
  } finally {
    await release();
  }
}

async function take(): Promise<() => Promise<void>> {
  const deadlineMs = Date.now() + longestWaitMs;
  for (;;) {
    const server = await listenAbstract(name);
    if (server !== undefined) return releaseOf(server);
    if (Date.now() > deadlineMs || !(await holderGone(deadlineMs - Date.now()))) {
      const waited = `another process of this machine has held the lock of the task network for ${longestWaitMs} ms`;
      throw new NetworkFailed(`${waited}; is a longshore agent suspended? "ss -xlp | grep ${name}" names it`);
    }
  }
}

function releaseOf(server: Server): () => Promise<void> {
  const waiting = new Set<{ destroy(): unknown }>();
  server.on('connection', (socket) => {
    waiting.add(socket);
    socket.on('error', () => undefined).on('close', () => waiting.delete(socket));
  });
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of waiting) socket.destroy();
    });
}

/** Stays connected to the holder until it closes; false when it does not in time. */
function holderGone(timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(`\0${name}`);
    const timer = setTimeout(() => {
      resolve(false);
      socket.destroy();
    }, timeoutMs);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(true);
    });
    socket.resume();
  });
}
