import {
  connect as connectHttp2,
  createServer as createHttp2Server,
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { connect as connectTls } from 'node:tls';
import type { TargetConfig } from '../../balancer-protocol/index.ts';
import { freshAddress } from './addresses.ts';
import type { Answer } from './world.ts';

export interface Http2Answer extends Answer {
  readonly trailers: IncomingHttpHeaders | undefined;
  /** Statuses of the answers before the answer. */
  readonly hints: readonly IncomingHttpHeaders[];
}

export async function openHttp2(address: string): Promise<ClientHttp2Session> {
  const client = connectHttp2(`https://${address}:8000`, { rejectUnauthorized: false, servername: 'example.com' });
  client.on('error', () => undefined);
  await new Promise<void>((resolve) => client.once('connect', () => resolve()));
  return client;
}

/** One request; `more` is said in its stead where its body is: what is written, and its trailers. */
export function callHttp2(
  client: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: string | Buffer,
  trailers?: OutgoingHttpHeaders,
): Promise<Http2Answer> {
  return new Promise((resolve, reject) => {
    const stream = client.request(headers, { endStream: body === undefined, waitForTrailers: trailers !== undefined });
    let answer: IncomingHttpHeaders = {};
    let got: IncomingHttpHeaders | undefined;
    const hints: IncomingHttpHeaders[] = [];
    let text = '';
    stream.setEncoding('latin1');
    stream.on('wantTrailers', () => stream.sendTrailers(trailers ?? {}));
    stream.on('headers', (hint) => hints.push(hint));
    stream.on('response', (head) => {
      answer = head;
    });
    stream.on('trailers', (tail) => {
      got = tail;
    });
    stream.on('data', (piece: string) => {
      text += piece;
    });
    stream.on('error', reject);
    stream.on('end', () => {
      const { ':status': status, ...rest } = answer as Record<string, string>;
      setImmediate(() => resolve({ status: Number(status), headers: rest, body: text, trailers: got, hints }));
    });
    if (body !== undefined) stream.end(body);
  });
}

export interface Http2Target {
  target(more?: Partial<TargetConfig>): TargetConfig;
  readonly sessions: Set<ServerHttp2Session>;
  stop(): void;
}

/** A target that speaks HTTP/2 without TLS, on an address of its own. */
export async function startHttp2Target(
  onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
): Promise<Http2Target> {
  const server = createHttp2Server();
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (one) => {
    sessions.add(one);
    one.on('close', () => sessions.delete(one));
  });
  server.on('stream', onStream);
  const address = freshAddress();
  await new Promise<void>((resolve) => server.listen(8080, address, resolve));
  return {
    sessions,
    target: (more = {}) => ({ id: address, port: 8080, address, state: 'registered', lastHealth: 'healthy', ...more }),
    stop: () => {
      for (const one of sessions) one.destroy();
      server.close();
    },
  };
}

const frame = (type: number, flags: number, stream: number, payload: Buffer): Buffer => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
};

/** Sends one request whose headers are said as they are, also those that no client library says. Resolves when anything came back for it. */
export function sendRawHttp2(address: string, headers: readonly (readonly [string, string])[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: address, port: 8000, rejectUnauthorized: false, ALPNProtocols: ['h2'] });
    // Literals without indexing (RFC 7541, 6.2.2), for texts under 127 bytes.
    const block = headers.flatMap(([name, value]) => [
      Buffer.from([0, name.length]),
      Buffer.from(name),
      Buffer.from([value.length]),
      Buffer.from(value),
    ]);
    socket.on('error', reject);
    socket.once('secureConnect', () => {
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      socket.write(frame(4, 0, 0, Buffer.alloc(0)));
      socket.write(frame(1, 5, 1, Buffer.concat(block)));
    });
    let got = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      got = Buffer.concat([got, bytes]);
      for (let at = 0; at + 9 <= got.length; at += 9 + got.readUIntBE(at, 3)) {
        if (got.readUInt32BE(at + 5) !== 1) continue;
        socket.destroy();
        return resolve();
      }
    });
    socket.on('close', () => reject(new Error('the connection was closed without an answer')));
  });
}
