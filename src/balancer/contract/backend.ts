import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createRawServer, type Server as RawServer, type Socket } from 'node:net';
import type { TargetConfig } from '../../balancer-protocol/index.ts';
import { freshAddress } from './addresses.ts';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A target for tests: answers with its name, and remembers what it got. */
export interface Backend {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly seen: Seen[];
  /** Connections made to it so far, and open now. */
  readonly connections: { made: number; readonly open: Set<Socket> };
  target(overrides?: Partial<TargetConfig>): TargetConfig;
  stop(): Promise<void>;
}

export type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

/** Listens on an address of its own. */
export async function startBackend(name: string, handler?: Handler, port = 8080): Promise<Backend> {
  const seen: Seen[] = [];
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (chunk: Buffer) => parts.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => {
      const body = Buffer.concat(parts);
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, headers, body: body.toString('latin1') });
      if (handler === undefined) response.end(name);
      else handler(request, response, body);
    });
  });
  return listening(name, server, { seen, port });
}

/** A target that does with its connections what the test says. */
export async function startRawBackend(
  name: string,
  onConnection: (socket: Socket) => void,
  { port = 8080, allowHalfOpen = false } = {},
): Promise<Backend> {
  const server = createRawServer({ allowHalfOpen, noDelay: true }, (socket) => {
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  return listening(name, server, { seen: [], port });
}

async function listening(
  name: string,
  server: Server | RawServer,
  { seen, port }: { readonly seen: Seen[]; readonly port: number },
): Promise<Backend> {
  const address = freshAddress();
  const connections = { made: 0, open: new Set<Socket>() };
  server.on('connection', (socket: Socket) => {
    connections.made += 1;
    connections.open.add(socket);
    socket.on('close', () => connections.open.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  return {
    name,
    address,
    port,
    seen,
    connections,
    target: (overrides = {}) => ({
      id: address,
      port,
      address,
      state: 'registered',
      lastHealth: 'healthy',
      ...overrides,
    }),
    stop: () =>
      new Promise((resolve) => {
        for (const socket of connections.open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
