import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ProxyUpdate } from '../../connect-protocol/index.ts';
import { messageOf } from '../../kernel/index.ts';
import { limits } from '../limits.ts';
import type { ConnectProxy } from './connect-proxy.ts';

/**
 * What the agent, and whoever is root on the machine, says to a proxy and asks of it, on a socket in the file system:
 * `PUT /endpoints` is answered when it is taken and drained, `GET /figures` with what was counted; `POST /end` ends it.
 */
export function adminServer(proxy: ConnectProxy, end: () => void): Server {
  const answer = (response: ServerResponse, status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(body)}\n`);
  };
  const server = createServer((request, response) => {
    const asked = `${request.method} ${request.url}`;
    if (asked === 'GET /figures') return answer(response, 200, { endpoints: proxy.figures });
    if (asked === 'POST /end') {
      response.once('close', end);
      return answer(response, 200, {});
    }
    if (asked !== 'PUT /endpoints') return answer(response, 404, { error: `no ${asked} here` });
    take(request, proxy).then(
      () => answer(response, 200, {}),
      (error: unknown) => answer(response, 400, { error: messageOf(error) }),
    );
  });
  // An update is answered when all is drained.
  server.requestTimeout = 0;
  return server;
}

async function take(request: IncomingMessage, proxy: ConnectProxy): Promise<void> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > limits.updateBytes) throw new Error(`an update has more than ${limits.updateBytes} bytes`);
    pieces.push(piece);
  }
  await proxy.update(JSON.parse(Buffer.concat(pieces).toString()) as ProxyUpdate);
}
