import { createServer } from 'node:net';

/** Has this machine the address? Found out by listening at it: the system's list leaves out bridges without containers. */
export function hasAddress(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: address, port: 0 }, () => server.close(() => resolve(true)));
  });
}
