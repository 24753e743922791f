import { createServer } from 'node:net';
import { listenProblem, type ListenPlace } from '../node/listening-sockets.ts';

/** What keeps a place from being listened on; empty: nothing. HAProxy would not start at all for one place that is taken. */
export function placeProblem(place: ListenPlace): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(listenProblem(error, place)));
    server.listen({ host: place.address, port: place.port, exclusive: true }, () => server.close(() => resolve('')));
  });
}
