import {
  createServer,
  type Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { messageOf, type Log, type ServerTrust } from '../../kernel/index.ts';
import { limits } from '../limits.ts';
import { calledService } from './called-service.ts';
import { endToEnd } from './forwarded-headers.ts';
import { Upstream } from './upstream.ts';
import type { WayKeeper } from './way-keeper.ts';

export interface ApiForwardOptions {
  readonly endpoint: string;
  readonly trust: ServerTrust | undefined;
  /** Of requests that name none. */
  readonly region: string;
  readonly keeper: WayKeeper;
  readonly log: Log;
}

/**
 * Passes requests of programs on to the control plane, so that tasks reach the API without a route to it, when they would reach the service that they call
 * on AWS. What does not is held, and its connection reset in the end: it was opened already, so this is the nearest to a packet that nobody answers.
 */
export class ApiForward {
  readonly server: Server;
  readonly #options: ApiForwardOptions;
  readonly #upstream: Upstream;
  readonly #connections = new WeakMap<Duplex, HttpAgent>();

  constructor(options: ApiForwardOptions) {
    this.#options = options;
    this.#upstream = new Upstream(options.endpoint, options.trust);
    this.server = createServer({
      maxHeaderSize: limits.apiForwardHeaderBytes,
      headersTimeout: limits.apiForwardHeadersMs,
      requestTimeout: 0, // the control plane's own holds
      keepAliveTimeout: limits.apiForwardIdleMs,
      noDelay: true,
    });
    this.server.maxConnections = limits.apiForwardConnections;
    this.server.on('connection', (socket: Socket) => this.#accept(socket));
    const answer = (request: IncomingMessage, response: ServerResponse): void =>
      this.#whenOpen(request, () => this.#pass(request, response));
    this.server.on('request', answer);
    this.server.on('checkContinue', answer);
    this.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#whenOpen(request, () => this.#passUpgrade(request, socket, head)),
    );
  }

  #accept(socket: Socket): void {
    const connection = this.#upstream.connection();
    this.#connections.set(socket, connection);
    socket.on('close', () => connection.destroy());
  }

  #whenOpen(request: IncomingMessage, pass: () => void): void {
    const { socket } = request;
    const to = calledService(request, this.#options.region);
    if (to === undefined) return pass();
    const from = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    this.#options.keeper.openWay({ from, to, gone: () => socket.destroyed }).then(
      (way) => {
        if (socket.destroyed) return;
        if (way === undefined) socket.resetAndDestroy();
        else pass();
      },
      (error: unknown) => {
        this.#options.log.error('a call of a task failed', { from, error: messageOf(error) });
        socket.destroy();
      },
    );
  }

  #pass(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const call = this.#upstream.open(request, endToEnd(request.rawHeaders), this.#connections.get(socket) ?? false);
    const end = (): void => {
      call.destroy();
      socket.destroy();
    };
    call.on('error', end);
    request.on('error', end);
    response.on('error', end);
    response.on('close', () => {
      if (!response.writableFinished) end();
    });
    call.on('continue', () => response.writeContinue());
    call.on('response', (answer) => {
      answer.on('error', end);
      response.sendDate = false;
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, [...endToEnd(answer.rawHeaders)]);
      // What comes bit by bit is begun at once; the rest in one packet with its headers.
      if (answer.headers['content-length'] === undefined) response.flushHeaders();
      answer.pipe(response);
    });
    request.pipe(call);
  }

  #passUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const call = this.#upstream.open(request, request.rawHeaders, false);
    const end = (): void => {
      call.destroy();
      socket.destroy();
    };
    call.on('error', end);
    socket.on('error', end);
    socket.on('close', end);
    call.on('upgrade', (answer, other, first) => {
      socket.write(headOf(answer));
      socket.write(first);
      other.write(head);
      other.on('error', end);
      other.on('close', end);
      socket.pipe(other).pipe(socket);
    });
    call.on('response', (answer) => refuse(answer, socket, call));
    call.end();
  }
}

/** The control plane answered with something else than another protocol. */
function refuse(answer: IncomingMessage, socket: Duplex, call: ClientRequest): void {
  answer.on('error', () => socket.destroy());
  socket.write(headOf(answer));
  answer.on('end', () => call.destroy());
  answer.pipe(socket);
}

function headOf({ statusCode, statusMessage, rawHeaders, headers }: IncomingMessage): string {
  const kept = headers.upgrade === undefined ? [...endToEnd(rawHeaders), 'Connection', 'close'] : rawHeaders;
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let at = 0; at + 1 < kept.length; at += 2) lines.push(`${kept[at]}: ${kept[at + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
