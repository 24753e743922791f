import { createServer as createHttp1, type Server } from 'node:http';
import { createServer as createHttp2, type Http2Server } from 'node:http2';
import { createServer, type Server as TcpServer, type Socket } from 'node:net';
import { limits } from '../limits.ts';
import type { Endpoint } from './endpoint.ts';
import { Http1Exchange } from './http1-exchange.ts';
import { Http2Exchange } from './http2-exchange.ts';
import { carryConnection } from './tcp-proxy.ts';

/** Listens for one endpoint. What a connection speaks is what the endpoint speaks when it comes. */
export class EndpointServer {
  readonly #endpoint: () => Endpoint | undefined;
  readonly #listener: TcpServer;
  readonly #connections = new Set<Socket>();
  #http1: Server | undefined;
  #http2: Http2Server | undefined;

  constructor(endpoint: () => Endpoint | undefined) {
    this.#endpoint = endpoint;
    this.#listener = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) =>
      this.#take(socket),
    );
    this.#listener.maxConnections = limits.connections;
  }

  /** @returns the port, which the kernel chooses for 0 */
  async listen(address: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#listener.once('error', reject);
      this.#listener.listen(port, address, () => {
        this.#listener.off('error', reject);
        resolve();
      });
    });
    const at = this.#listener.address();
    return typeof at === 'object' && at !== null ? at.port : port;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#listener.close(() => resolve()));
    for (const socket of this.#connections) socket.destroy();
    await closed;
  }

  #take(socket: Socket): void {
    const endpoint = this.#endpoint();
    if (endpoint === undefined) return void socket.resetAndDestroy();
    this.#connections.add(socket);
    socket.once('close', () => this.#connections.delete(socket));
    switch (endpoint.config.protocol) {
      case 'tcp':
        carryConnection(socket, endpoint);
        break;
      case 'http':
        this.#http1Server(endpoint).emit('connection', socket);
        socket.resume();
        break;
      case 'http2':
      case 'grpc':
        this.#http2Server().emit('connection', socket);
        socket.resume();
        break;
    }
  }

  #http1Server(endpoint: Endpoint): Server {
    const server = (this.#http1 ??= this.#makeHttp1());
    server.keepAliveTimeout = endpoint.config.idleTimeoutMs;
    return server;
  }

  #makeHttp1(): Server {
    const options = {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersTimeoutMs,
      // The endpoint's own limit of a request's time stands for it.
      requestTimeout: 0,
    };
    const server = createHttp1(options, (request, response) => {
      const endpoint = this.#endpoint();
      if (endpoint === undefined) return void request.socket.resetAndDestroy();
      new Http1Exchange(endpoint, { request, response }).start();
    });
    server.on('upgrade', (request, socket: Socket, head: Buffer) => {
      const endpoint = this.#endpoint();
      if (endpoint === undefined) return void socket.resetAndDestroy();
      if (head.length > 0) socket.unshift(head);
      new Http1Exchange(endpoint, { request, tunnel: socket }).start();
    });
    return server;
  }

  #http2Server(): Http2Server {
    if (this.#http2 !== undefined) return this.#http2;
    const server = createHttp2({
      settings: { maxConcurrentStreams: limits.http2Streams, maxHeaderListSize: limits.headerBytes },
    });
    server.on('session', (session) => {
      const idleMs = this.#endpoint()?.config.idleTimeoutMs ?? 0;
      if (idleMs > 0) session.setTimeout(idleMs, () => session.close());
      session.on('error', () => undefined); // its close says all
    });
    server.on('stream', (stream, headers) => {
      const endpoint = this.#endpoint();
      if (endpoint === undefined) return stream.close();
      new Http2Exchange(endpoint, stream, headers).start();
    });
    this.#http2 = server;
    return server;
  }
}
