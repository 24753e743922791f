import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { NetworkFailed } from '../index.ts';

/**
 * Takes a name in the abstract socket namespace of this network namespace.
 * @returns the listening server that holds it, or undefined when it is taken
 */
export function listenAbstract(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') return resolve(undefined);
      reject(new NetworkFailed(`cannot listen at the abstract socket ${name}: ${error.message}`, { cause: error }));
    });
    server.listen(`\0${name}`, () => resolve(server));
  });
}
