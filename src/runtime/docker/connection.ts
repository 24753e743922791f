import { Agent, request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { EngineUnavailable } from '../index.ts';
import type { EngineTimeout } from '../index.ts';
import type { EngineAddress } from './address.ts';
import { refused, timedOut, unavailable } from './failures.ts';
import { maxIdleConnections, maxReplyBytes } from './limits.ts';

export interface Call {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'DELETE';
  /** With the API version, such as `/v1.41/info`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON, or as it is when bytes (a tar archive). */
  readonly body?: object | Uint8Array;
  readonly headers?: OutgoingHttpHeaders;
  /** To the whole reply; for streams, to the reply's head. */
  readonly timeoutMs: number;
}

export interface Reply {
  readonly status: number;
  readonly body: string;
}

/** A reply that goes on: the rest of the connection after the head. */
export interface OpenStream {
  readonly contentType: string;
  readonly readable: Readable;
}

/** HTTP on one engine's socket: keep-alive connections for calls, a connection of its own for each stream. */
export class EngineConnection {
  readonly address: EngineAddress;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: maxIdleConnections });

  constructor(address: EngineAddress) {
    this.address = address;
  }

  /**
   * One call, its whole reply read.
   * @throws EngineRefused for every status of refusal, except those in `allow`
   */
  async call(call: Call, allow: readonly number[] = []): Promise<Reply> {
    const reply = await this.#once(call, true);
    if (isRefusal(reply.status) && !allow.includes(reply.status)) throw refused(reply.status, reply.body);
    return reply;
  }

  /** A call whose reply is read as it comes. The caller ends it by destroying `readable`. */
  async open(call: Call, options: { readonly upgrade?: boolean } = {}): Promise<OpenStream> {
    const headers = options.upgrade === true ? { Connection: 'Upgrade', Upgrade: 'tcp' } : {};
    const request = this.#request({ ...call, headers: { ...headers, ...call.headers } }, false);
    const { response, readable } = await this.#head(request, call);
    const status = response.statusCode ?? 0;
    if (isRefusal(status)) {
      const body = await within(call, request, () => readAll(response, call, this.address));
      throw refused(status, body);
    }
    return { contentType: response.headers['content-type'] ?? '', readable };
  }

  close(): void {
    this.#agent.destroy();
  }

  async #once(call: Call, mayRetry: boolean): Promise<Reply> {
    const request = this.#request(call, true);
    try {
      return await within(call, request, async () => {
        const { response } = await this.#head(request, call);
        return { status: response.statusCode ?? 0, body: await readAll(response, call, this.address) };
      });
    } catch (thrown) {
      // The engine may close an idle connection in the moment we use it again; repeating a read is harmless.
      const stale = thrown instanceof EngineUnavailable && request.reusedSocket && call.method === 'GET';
      if (stale && mayRetry) return this.#once(call, false);
      throw thrown;
    }
  }

  #request(call: Call, keepAlive: boolean): ClientRequest {
    const raw = call.body instanceof Uint8Array;
    const body = call.body === undefined ? undefined : raw ? call.body : JSON.stringify(call.body);
    const headers: OutgoingHttpHeaders = { Host: 'localhost', ...call.headers };
    if (body !== undefined) {
      headers['Content-Type'] = raw ? 'application/x-tar' : 'application/json';
      headers['Content-Length'] = Buffer.byteLength(body);
    } else if (call.method === 'POST') headers['Content-Length'] = 0;
    const target =
      this.address.kind === 'unix'
        ? { socketPath: this.address.socketPath }
        : { host: this.address.host, port: this.address.port };
    const path = call.path + queryText(call.query);
    const agent = keepAlive ? this.#agent : false;
    const request = httpRequest({ ...target, method: call.method, path, headers, agent });
    request.on('error', ignoreLateError);
    request.end(body);
    return request;
  }

  /** Waits for the reply's head; a hijacked connection comes as `upgrade`, or as an ordinary reply without an end. */
  #head(request: ClientRequest, call: Call): Promise<{ response: IncomingMessage; readable: Readable }> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(timedOut(nameOf(call), call.timeoutMs));
        request.destroy();
      }, call.timeoutMs);
      const settle = (run: () => void): void => {
        clearTimeout(timer);
        run();
      };
      request.once('response', (response) => settle(() => resolve({ response, readable: response })));
      request.once('upgrade', (response, socket, first) =>
        settle(() => {
          if (first.length > 0) socket.unshift(first);
          resolve({ response, readable: socket });
        }),
      );
      request.once('error', (thrown) => settle(() => reject(unavailable(this.address, thrown))));
    });
  }
}

/** `#head` and the reader of the reply report a failing socket; without a listener of its own the request would throw as well. */
function ignoreLateError(): void {}

/** 304 is Docker's "it is so already"; every other redirect means that the path was wrong. */
function isRefusal(status: number): boolean {
  return status >= 300 && status !== 304;
}

function nameOf(call: Call): string {
  return `${call.method} ${call.path}`;
}

function queryText(query: Call['query']): string {
  const pairs = Object.entries(query ?? {}).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}

async function within<T>(call: Call, request: ClientRequest, run: () => Promise<T>): Promise<T> {
  const late: { error?: EngineTimeout } = {};
  const timer = setTimeout(() => {
    late.error = timedOut(nameOf(call), call.timeoutMs);
    request.destroy(late.error);
  }, call.timeoutMs);
  try {
    return await run();
  } catch (thrown) {
    throw late.error ?? thrown;
  } finally {
    clearTimeout(timer);
  }
}

async function readAll(response: IncomingMessage, call: Call, address: EngineAddress): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > maxReplyBytes) break;
      parts.push(part);
    }
  } catch (thrown) {
    throw unavailable(address, thrown);
  }
  if (size > maxReplyBytes) {
    throw new EngineUnavailable(`the reply to ${nameOf(call)} is longer than ${maxReplyBytes} bytes`);
  }
  return Buffer.concat(parts).toString('utf8');
}
