import { request } from 'node:http';
import type { ProxyUpdate } from '../../connect-protocol/index.ts';

/** Nobody listens at the socket: there is no proxy (any more). */
export class ProxyGone extends Error {
  override readonly name = 'ProxyGone';
}

/** Asks the proxy behind a socket. @throws ProxyGone, also when it ends before it answers; Error for a refusal */
export async function askProxy(
  socket: string,
  { method, path, body }: { readonly method: string; readonly path: string; readonly body?: string },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers =
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const asked = request({ socketPath: socket, method, path, headers, agent: false }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.once('error', (error) => reject(new ProxyGone(error.message)));
      answer.once('end', () => {
        const text = Buffer.concat(pieces).toString();
        if (answer.statusCode === 200) resolve(text);
        else reject(new Error(`the proxy answered ${answer.statusCode}: ${text.trim()}`));
      });
    });
    asked.once('error', (error) => reject(new ProxyGone(error.message)));
    asked.end(body);
  });
}

/** Resolves when the proxy has taken it, and nothing is in flight to hosts that left. */
export async function updateProxy(socket: string, update: ProxyUpdate): Promise<void> {
  await askProxy(socket, { method: 'PUT', path: '/endpoints', body: JSON.stringify(update) });
}
