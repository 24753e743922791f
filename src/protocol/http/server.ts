import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { messageOf } from '../../kernel/index.ts';
import type { Clock, Ids, Log } from '../../kernel/index.ts';
import { ApiError } from '../api/index.ts';
import type { Authorizer, CallRecorder, CredentialStore, RawRoute, ServiceDefinition } from '../api/index.ts';
import { Verifier, type EndpointPasses } from '../auth/verifier.ts';
import { Dispatcher } from '../dispatch.ts';
import type { Answer } from '../wire/protocol.ts';
import { BodyReceiver, Disconnected } from './body.ts';
import { FrontDoor } from './front-door.ts';
import { defaultServerLimits } from './limits.ts';
import { OwnDoor } from './own-door.ts';
import { RawDoor } from './raw-door.ts';
import { Receiving } from './receiving.ts';
import type { ServerLimits } from './limits.ts';
import { send } from './send.ts';
import { SocketDoor } from './sockets.ts';

export interface ServerOptions {
  readonly host: string;
  /** The certificate and key to answer with; absent: plain HTTP. */
  readonly tls?: Pick<https.ServerOptions, 'cert' | 'key' | 'SNICallback'> | undefined;
  /** 0 lets the system choose; see the address that start() returns. */
  readonly port: number;
  readonly services: readonly ServiceDefinition[];
  /** Beside those of the services. */
  readonly rawRoutes?: readonly RawRoute[];
  readonly credentials: CredentialStore;
  /** Absent: whoever signed a request may do everything. */
  readonly authorizer?: Authorizer;
  /** What proves that a request came through a VPC endpoint; absent: nothing does. */
  readonly endpointPasses?: EndpointPasses;
  /** Told of every authenticated call; absent: nothing is recorded. */
  readonly recorder?: CallRecorder;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** The body of `GET /health`; `status` other than `ok` answers HTTP 503. */
  health(): { readonly status: string } | Promise<{ readonly status: string }>;
  readonly limits?: Partial<ServerLimits>;
}

export interface Server {
  /** Listens. Rejects when the port is taken. */
  start(): Promise<{ readonly host: string; readonly port: number }>;
  /** Serves a connection that another listener accepted, and shook hands on. It is the other's to close when the server stops. */
  take(socket: TLSSocket): void;
  /** Refuses new work, lets running requests finish for `stopTimeoutMs`, closes websockets with 1001, then everything. */
  stop(): Promise<void>;
}

/**
 * The front door: AWS's wire protocols over HTTP or HTTPS for a list of services.
 * @throws Error when a handler names an operation that its service does not have, or the tables were not generated
 */
export function createServer(options: ServerOptions): Server {
  return new HttpServer(options);
}

/** How long stop() waits for a request on a connection that has sent none: one may be on its way. */
const unusedGraceMs = 250;

class HttpServer implements Server {
  readonly #options: ServerOptions;
  readonly #limits: ServerLimits;
  readonly #bodies: BodyReceiver;
  readonly #frontDoor: FrontDoor;
  readonly #socketDoor: SocketDoor;
  readonly #rawDoor: RawDoor;
  readonly #ownDoor: OwnDoor;
  readonly #receiving: Receiving;
  readonly #server: http.Server;
  /** Answers that stream until their reader goes; stop() does not wait for them. */
  readonly #streams = new Set<http.ServerResponse>();
  /** Connections on which no whole request head has come yet; node:http counts them as busy. */
  readonly #unused = new Set<Socket>();
  /** All TCP connections of a TLS server: those that shake hands are no HTTP connections yet. */
  readonly #raw = new Set<Socket>();
  /** The event with which a connection begins on which HTTP is spoken. */
  readonly #connected: 'connection' | 'secureConnection';
  #stopping = false;

  constructor(options: ServerOptions) {
    const limits = { ...defaultServerLimits, ...options.limits };
    const { clock, log, ids, credentials, authorizer, recorder, services } = options;
    const { maxSigningKeys, maxInflatedBytes } = limits;
    const verifier = new Verifier({ credentials, clock, maxSigningKeys, endpointPasses: options.endpointPasses });
    const dispatcher = new Dispatcher(services);
    this.#options = options;
    this.#limits = limits;
    this.#bodies = new BodyReceiver(limits);
    this.#frontDoor = new FrontDoor({ dispatcher, verifier, authorizer, recorder, clock, log, maxInflatedBytes });
    this.#socketDoor = new SocketDoor({ services, verifier, authorizer, clock, ids, log, limits });
    const routes = [...services.flatMap(({ rawRoutes = [] }) => rawRoutes), ...(options.rawRoutes ?? [])];
    this.#rawDoor = new RawDoor({ routes, dispatcher, verifier, recorder, authorizer, clock, log, limits });
    this.#ownDoor = new OwnDoor({ services, verifier, authorizer, clock, log });
    this.#receiving = new Receiving(clock, limits.requestTimeoutMs);
    this.#connected = options.tls === undefined ? 'connection' : 'secureConnection';
    this.#server = this.#createHttpServer();
  }

  /** Malformed requests, too many headers and timeouts are answered by Node itself: 400, 431, 408. */
  #createHttpServer(): http.Server {
    const { headersTimeoutMs, keepAliveTimeoutMs, maxHeaderBytes, maxConnections } = this.#limits;
    const { tls } = this.#options;
    const common = {
      headersTimeout: headersTimeoutMs,
      requestTimeout: 0, // see Receiving
      connectionsCheckingInterval: Math.max(100, Math.min(5_000, headersTimeoutMs / 4)),
      keepAliveTimeout: keepAliveTimeoutMs,
      maxHeaderSize: maxHeaderBytes,
      noDelay: true,
    };
    const server =
      tls === undefined
        ? http.createServer(common)
        : https.createServer({ ...common, ...tls, handshakeTimeout: headersTimeoutMs });
    server.maxConnections = maxConnections;
    if (tls !== undefined) server.on('connection', (socket: Socket) => keepWhileOpen(this.#raw, socket));
    server.on(this.#connected, (socket: Socket) => keepWhileOpen(this.#unused, socket));
    server.on('request', (request, response) => {
      this.#unused.delete(request.socket);
      void this.#serve(request, response);
    });
    server.on('upgrade', (request, socket, head) => {
      this.#unused.delete(request.socket);
      this.#socketDoor.upgrade(request, socket, head);
    });
    return server;
  }

  start(): Promise<{ readonly host: string; readonly port: number }> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => this.#options.log.error('http server failed', { error: error.message }));
        this.#socketDoor.start();
        const address = this.#server.address() as AddressInfo;
        resolve({ host: address.address, port: address.port });
      });
    });
  }

  take(socket: TLSSocket): void {
    this.#server.emit(this.#connected, socket);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#socketDoor.stop();
    for (const response of this.#streams) response.destroy();
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    const cancelUnused = this.#options.clock.after(unusedGraceMs, () => {
      for (const socket of this.#unused) socket.destroy();
    });
    const cancel = this.#options.clock.after(this.#limits.stopTimeoutMs, () => {
      this.#socketDoor.terminate();
      this.#server.closeAllConnections();
      for (const socket of this.#raw) socket.destroy();
    });
    await closed;
    cancelUnused();
    cancel();
  }

  async #answer(request: http.IncomingMessage, body: Uint8Array, requestId: string): Promise<Answer> {
    if (isHealth(request)) return this.#health();
    const own = this.#ownDoor.routeOf(request);
    if (own !== undefined) return this.#ownDoor.answer(own, request, body, requestId);
    return this.#frontDoor.answer(request, body, requestId);
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const requestId = this.#options.ids.uuid();
    // Writing to a client that has gone is no error of ours; what it costs is seen by `destroyed`.
    response.on('error', ignore);
    let body: Uint8Array | undefined;
    try {
      let answer: Answer;
      let last = this.#stopping;
      try {
        const route = this.#rawDoor.routeOf(request);
        if (route === undefined) {
          body = await this.#receive(request);
          answer = await this.#answer(request, body, requestId);
          last = this.#stopping;
        } else {
          answer = await this.#rawDoor.answer(route, request, requestId);
          last = this.#stopping || !request.complete;
        }
      } catch (thrown) {
        if (!(thrown instanceof ApiError)) throw thrown;
        answer = this.#frontDoor.refuse(thrown, request, requestId);
        last = true;
      }
      const streaming = typeof answer.body !== 'string' && !(answer.body instanceof Uint8Array);
      if (streaming) this.#streams.add(response);
      await send(response, answer, { requestId, last, writeTimeoutMs: this.#limits.writeTimeoutMs });
    } catch (thrown) {
      response.destroy();
      if (!(thrown instanceof Disconnected)) {
        this.#options.log.error('answer failed', { requestId, error: messageOf(thrown) });
      }
    } finally {
      this.#streams.delete(response);
      if (body !== undefined) this.#bodies.release(body);
    }
  }

  async #receive(request: http.IncomingMessage): Promise<Uint8Array> {
    this.#receiving.begin(request);
    try {
      return await this.#bodies.receive(request);
    } finally {
      this.#receiving.end(request);
    }
  }

  async #health(): Promise<Answer> {
    const headers = { 'content-type': 'application/json' };
    try {
      const health = await this.#options.health();
      return { status: health.status === 'ok' ? 200 : 503, headers, body: JSON.stringify(health) };
    } catch (thrown) {
      this.#options.log.error('health check failed', { error: messageOf(thrown) });
      return { status: 503, headers, body: JSON.stringify({ status: 'failed', error: messageOf(thrown) }) };
    }
  }
}

function keepWhileOpen(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
}

function ignore(): void {}

function isHealth({ method, url }: http.IncomingMessage): boolean {
  return method === 'GET' && (url === '/health' || url?.startsWith('/health?') === true);
}
