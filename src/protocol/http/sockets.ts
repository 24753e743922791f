import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { messageOf } from '../../kernel/index.ts';
import type { Cancel, Clock, Ids, Log } from '../../kernel/index.ts';
import { ApiError } from '../api/index.ts';
import type { Authorizer, ServiceDefinition, SocketRoute } from '../api/index.ts';
import { enforce } from '../auth/access.ts';
import type { Verifier } from '../auth/verifier.ts';
import { contextOf, receivedRequest } from './front-door.ts';
import type { ServerLimits } from './limits.ts';
import { ServerSocket } from './server-socket.ts';

export interface SocketDoorOptions {
  readonly services: readonly ServiceDefinition[];
  readonly verifier: Verifier;
  readonly authorizer: Authorizer | undefined;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly limits: ServerLimits;
}

const goingAway = 1001;
const nothing = new Uint8Array();

/** Websocket upgrades: authenticate, ask the route, then open; or refuse with a plain HTTP answer. */
export class SocketDoor {
  readonly #options: SocketDoorOptions;
  readonly #routes: ReadonlyMap<string, SocketRoute>;
  readonly #sockets = new Set<ServerSocket>();
  readonly #server: WebSocketServer;
  /** Upgrades between their request and their answer. */
  #pending = 0;
  #stopping = false;
  #cancelPing: Cancel = () => undefined;

  /** @throws Error when two routes share a path */
  constructor(options: SocketDoorOptions) {
    this.#options = options;
    const routes = options.services.flatMap(({ sockets }) => sockets ?? []);
    this.#routes = new Map(routes.map((route) => [route.path, route]));
    if (this.#routes.size < routes.length) {
      throw new Error(`two websocket routes share a path: ${routes.map(({ path }) => path).join(', ')}`);
    }
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.limits.maxSocketFrameBytes,
    });
    // A handshake that is no websocket's (wrong version, bad key) is answered by ws itself.
    this.#server.on('wsClientError', (error, socket) =>
      refuse(socket, new ApiError('BadRequestException', error.message)),
    );
  }

  /** Open websockets. */
  get size(): number {
    return this.#sockets.size;
  }

  start(): void {
    const { clock, limits } = this.#options;
    this.#cancelPing = clock.after(limits.socketPingMs, () => {
      for (const socket of this.#sockets) socket.ping();
      this.start();
    });
  }

  /** Tells every peer to reconnect elsewhere. Sockets that do not close end with terminate(). */
  stop(): void {
    this.#stopping = true;
    this.#cancelPing();
    for (const socket of this.#sockets) socket.close(goingAway, 'the server is stopping');
  }

  terminate(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  /** Takes an `upgrade` event of node:http. */
  upgrade(message: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Errors of a socket that is not open yet only mean that the client has gone.
    socket.on('error', () => socket.destroy());
    this.#pending += 1;
    this.#open(message, socket, head)
      .catch((thrown: unknown) => this.#refuse(socket, thrown))
      .finally(() => {
        this.#pending -= 1;
      });
  }

  async #open(message: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { limits, verifier, authorizer, clock, ids } = this.#options;
    if (message.headers.upgrade?.toLowerCase() !== 'websocket') {
      throw new ApiError('BadRequestException', 'Only upgrades to websocket are supported');
    }
    if (this.#stopping || this.#sockets.size + this.#pending > limits.maxSockets) {
      throw new ApiError('ServerException', 'The server takes no more websockets now', { status: 503 });
    }
    const request = receivedRequest(message, nothing);
    const route = this.#routes.get(request.path);
    if (route === undefined)
      throw new ApiError('BadRequestException', `No websocket at ${request.path}`, { status: 404 });
    const verified = verifier.verify(request, { family: 'json', signingName: route.signingName });
    const context = contextOf(message, verified, {
      requestId: ids.uuid(),
      receivedMs: clock.nowMs(),
      through: verifier.throughOf(message.headers),
      enforce: (question, asking) => enforce(authorizer, 'json', question, asking),
    });
    const take = await route.accept(parseQuery(request.query), context);
    this.#server.handleUpgrade(message, socket, head, (webSocket) => this.#opened(webSocket, socket, take));
  }

  #opened(webSocket: WebSocket, stream: Duplex, take: (socket: ServerSocket) => void): void {
    const { log, limits } = this.#options;
    const socket = new ServerSocket(webSocket, { log, maxBufferedBytes: limits.maxSocketBufferedBytes, stream });
    this.#sockets.add(socket);
    webSocket.on('close', () => this.#sockets.delete(socket));
    socket.guard(() => take(socket));
  }

  #refuse(socket: Duplex, thrown: unknown): void {
    if (!(thrown instanceof ApiError))
      this.#options.log.error('websocket upgrade failed', { error: messageOf(thrown) });
    const failure = new ApiError('ServerException', 'The upgrade has failed because of an unknown error', {
      status: 500,
    });
    refuse(socket, thrown instanceof ApiError ? thrown : failure);
  }
}

/** ECS agents read the error from the body. */
function refuse(socket: Duplex, { status, code, message }: ApiError): void {
  if (socket.destroyed) return;
  const body = JSON.stringify({ type: code, message: { message } });
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

/** Agents form-encode: `+` is a space. */
export function parseQuery(query: string): ReadonlyMap<string, string> {
  return new Map(new URLSearchParams(query));
}
