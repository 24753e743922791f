import { createServer as createHttp, request, type RequestListener, type RequestOptions } from 'node:http';
import {
  connect,
  createServer as createHttp2,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer as createTcp, type AddressInfo, type Server, type Socket } from 'node:net';
import type { ConnectHost } from '../../connect-protocol/index.ts';

const open = new Set<Server>();
const sockets = new Set<Socket>();

/** Ends all servers of the tests so far. */
export function closeServers(): void {
  for (const socket of sockets) socket.destroy();
  for (const server of open) server.close();
  open.clear();
}

async function listening(id: string, server: Server): Promise<ConnectHost> {
  open.add(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return { id, address: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

export function httpHost(id: string, answer: RequestListener): Promise<ConnectHost> {
  return listening(id, createHttp(answer));
}

export function http2Host(
  id: string,
  answer: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
): Promise<ConnectHost> {
  return listening(id, createHttp2().on('stream', answer));
}

export function tcpHost(id: string, serve: (socket: Socket) => void): Promise<ConnectHost> {
  return listening(id, createTcp({ allowHalfOpen: true }, serve));
}

/** A host that nobody listens at. */
export async function deadHost(id: string): Promise<ConnectHost> {
  const server = createTcp();
  const host = await listening(id, server);
  await new Promise((resolve) => server.close(resolve));
  open.delete(server);
  return host;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: NodeJS.Dict<string>;
}

/** One HTTP/1.1 request on a connection of its own, unless an agent is given. */
export function call(port: number, options: RequestOptions & { readonly body?: string } = {}): Promise<Answer> {
  const { body, ...rest } = options;
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, agent: false, ...rest }, (answer) => {
      let text = '';
      answer.on('data', (piece: Buffer) => (text += piece.toString()));
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, body: text, headers: answer.headers, trailers: answer.trailers }),
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** One HTTP/2 request with prior knowledge on a connection of its own. */
export function call2(port: number, headers: OutgoingHttpHeaders, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const session = connect(`http://127.0.0.1:${port}`);
    session.on('error', reject);
    const stream = session.request(headers, { endStream: body === undefined });
    let status = 0;
    let found: IncomingHttpHeaders = {};
    let trailers: NodeJS.Dict<string> = {};
    let text = '';
    stream.on('response', (given) => {
      status = Number(given[':status']);
      found = given;
    });
    stream.on('trailers', (given) => {
      trailers = given as NodeJS.Dict<string>;
    });
    stream.on('data', (piece: Buffer) => (text += piece.toString()));
    stream.on('error', (error) => {
      session.close();
      reject(error);
    });
    stream.on('end', () => {
      session.close();
      resolve({ status, body: text, headers: found, trailers });
    });
    if (body !== undefined) stream.end(body);
  });
}
