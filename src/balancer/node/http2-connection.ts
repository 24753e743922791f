import { performServerHandshake, type ServerHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { limits } from '../limits.ts';
import { Http2Request } from './http2-request.ts';
import type { HttpContext, ListenerConnection } from './http-context.ts';

/** One HTTP/2 client. */
export class Http2Connection implements ListenerConnection {
  readonly #session: ServerHttp2Session;
  readonly #context: HttpContext;
  readonly #requests = new Set<Http2Request>();
  readonly #openedMs: number;
  #lastActiveMs: number;

  constructor(socket: TLSSocket, context: HttpContext, zone: string | undefined) {
    this.#context = context;
    this.#openedMs = context.parts.nowMs();
    this.#lastActiveMs = this.#openedMs;
    const client = context.clientFacts(socket);
    this.#session = performServerHandshake(socket, {
      settings: { maxConcurrentStreams: limits.http2StreamsPerConnection, maxHeaderListSize: limits.requestHeadBytes },
    });
    this.#session.on('stream', (stream, headers) => {
      const request = new Http2Request(stream, { context, client, zone });
      this.#requests.add(request);
      stream.on('close', () => {
        this.#requests.delete(request);
        this.#lastActiveMs = context.parts.nowMs();
      });
      request.begin(headers);
    });
    this.#session.on('error', () => undefined); // its close says all
    this.#session.on('close', () => context.closed(this));
  }

  /** Says that no more requests are taken (GOAWAY), and ends with the last answer. */
  retire(): void {
    this.#session.close();
  }

  destroy(): void {
    this.#session.destroy();
  }

  sweep(nowMs: number): void {
    for (const request of this.#requests) request.sweep(nowMs);
    const { idleTimeoutMs, clientKeepAliveMs } = this.#context.attributes;
    if (nowMs - this.#openedMs > clientKeepAliveMs) this.retire();
    else if (this.#requests.size === 0 && nowMs - this.#lastActiveMs > idleTimeoutMs) this.retire();
  }
}
