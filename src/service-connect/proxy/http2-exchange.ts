import {
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { limits } from '../limits.ts';
import type { Endpoint } from './endpoint.ts';
import type { Host } from './host-pool.ts';
import { isRepeatable } from './http1-heads.ts';
import { Http2Sessions } from './http2-sessions.ts';

/** https://grpc.io/docs/guides/status-codes/ */
const grpcUnavailable = '14';
const grpcDeadline = '4';

/** One HTTP/2 request of a container, such as a gRPC call, over as many hosts as it takes, with its trailers. */
export class Http2Exchange {
  readonly #endpoint: Endpoint;
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #tried = new Set<Host>();
  #attempts = 0;
  readonly #startedMs = Date.now();
  #replay: Buffer[] | undefined = [];
  #replayBytes = 0;
  #bodyEnded: boolean;
  #requestTrailers: IncomingHttpHeaders | undefined;
  #reading = false;
  #out: ClientHttp2Stream | undefined;
  #session: { readonly of: Http2Sessions; readonly session: ClientHttp2Session } | undefined;
  #answering = false;
  #over = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(endpoint: Endpoint, stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.#endpoint = endpoint;
    this.#stream = stream;
    this.#headers = headers;
    this.#bodyEnded = stream.readableEnded || stream.endAfterHeaders;
  }

  start(): void {
    const { requestTimeoutMs } = this.#endpoint.config;
    this.#endpoint.begun();
    this.#stream.once('close', () => this.#finish());
    this.#stream.on('error', () => undefined); // its close says all
    this.#stream.once('trailers', (headers) => {
      this.#requestTrailers = headers;
    });
    if (requestTimeoutMs > 0) this.#timer = setTimeout(() => this.#timedOut(), requestTimeoutMs);
    this.#attempt();
  }

  #attempt(): void {
    const { pool, counts } = this.#endpoint;
    const host = this.#attempts > limits.retries ? undefined : pool.choose(this.#tried);
    if (host === undefined)
      return this.#refuse(
        503,
        grpcUnavailable,
        this.#tried.size === 0 ? 'no healthy upstream' : 'upstream connect error or disconnect/reset before headers',
      );
    if (this.#attempts > 0) counts.retries += 1;
    this.#attempts += 1;
    this.#tried.add(host);
    host.begin();
    const of = Http2Sessions.of(host);
    const session = of.take();
    this.#session = { of, session };
    if (!session.connecting) return this.#send(host, session);
    const gone = (): void => {
      host.end();
      pool.failed(host);
      if (!this.#over) this.#attempt();
    };
    session.once('close', gone);
    session.once('connect', () => {
      session.off('close', gone);
      if (this.#over) host.end();
      else this.#send(host, session);
    });
  }

  #send(host: Host, session: ClientHttp2Session): void {
    let out: ClientHttp2Stream;
    try {
      out = session.request(plain(this.#headers), {
        endStream: this.#bodyEnded && (this.#replay ?? []).length === 0,
        waitForTrailers: true,
      });
    } catch {
      // The connection ended in this moment, before the request was said.
      host.end();
      Http2Sessions.of(host).doubt(session);
      return this.#attempt();
    }
    this.#out = out;
    let answered = false;
    out.on('wantTrailers', () => {
      out.sendTrailers(this.#requestTrailers === undefined ? {} : plain(this.#requestTrailers));
    });
    out.once('response', (headers, flags) => {
      answered = true;
      this.#answer({ headers, ended: (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0, host, out });
    });
    out.on('error', () => undefined); // its close says all
    out.once('close', () => {
      host.end();
      if (answered || this.#over || this.#out !== out) return;
      const refused = out.rstCode === constants.NGHTTP2_REFUSED_STREAM;
      if (!refused) this.#endpoint.pool.failed(host);
      const again = refused || isRepeatable(String(this.#headers[':method']));
      if (again && this.#replay !== undefined) this.#attempt();
      else this.#refuse(503, grpcUnavailable, 'upstream connect error or disconnect/reset before headers');
    });
    this.#sendBody(out);
  }

  #sendBody(out: ClientHttp2Stream): void {
    for (const piece of this.#replay ?? []) out.write(piece);
    const stream = this.#stream;
    if (this.#bodyEnded) {
      if (!out.writableEnded) out.end();
      return;
    }
    out.on('drain', () => stream.resume());
    if (this.#reading) return void stream.resume();
    this.#reading = true;
    stream.on('data', (piece: Buffer) => {
      this.#endpoint.counts.sentBytes += piece.length;
      this.#replayBytes += piece.length;
      if (this.#replayBytes > limits.replayBytes) this.#replay = undefined;
      else this.#replay?.push(piece);
      if (this.#out?.write(piece) === false) stream.pause();
    });
    stream.once('end', () => {
      this.#bodyEnded = true;
      this.#out?.end();
    });
  }

  #answer(answer: {
    readonly headers: IncomingHttpHeaders;
    readonly ended: boolean;
    readonly host: Host;
    readonly out: ClientHttp2Stream;
  }): void {
    const { headers, ended, host, out } = answer;
    const { pool } = this.#endpoint;
    const status = Number(headers[':status']);
    const unavailable = this.#isGrpc && headers['grpc-status'] === grpcUnavailable;
    if (status >= 500 || unavailable) pool.failed(host);
    else pool.succeeded(host);
    if (this.#over || this.#stream.destroyed) return out.close();
    if (this.#mayTryAgain(unavailable || (status === 503 && isRepeatable(String(this.#headers[':method']))))) {
      out.close();
      this.#out = undefined;
      return this.#attempt();
    }
    this.#answering = true;
    this.#endpoint.answered(status, Date.now() - this.#startedMs);
    const stream = this.#stream;
    stream.respond(plain(headers), { endStream: ended, waitForTrailers: !ended });
    if (ended) return;
    let trailers: IncomingHttpHeaders | undefined;
    out.once('trailers', (given) => {
      trailers = given;
    });
    stream.once('wantTrailers', () => stream.sendTrailers(trailers === undefined ? {} : plain(trailers)));
    out.on('data', (piece: Buffer) => {
      this.#endpoint.counts.receivedBytes += piece.length;
      if (!stream.write(piece)) out.pause();
    });
    stream.on('drain', () => out.resume());
    out.once('close', () => {
      if (stream.destroyed || stream.writableEnded) return;
      if (out.rstCode === constants.NGHTTP2_NO_ERROR) stream.end();
      else stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    });
  }

  get #isGrpc(): boolean {
    return this.#headers['content-type']?.startsWith('application/grpc') === true;
  }

  #mayTryAgain(worthIt: boolean): boolean {
    const another = this.#endpoint.pool.hosts.some((host) => !this.#tried.has(host));
    return worthIt && this.#replay !== undefined && this.#bodyEnded && another && this.#attempts <= limits.retries;
  }

  #timedOut(): void {
    this.#endpoint.counts.timedOut += 1;
    const out = this.#out;
    const last = [...this.#tried].at(-1);
    if (last !== undefined && !this.#answering) this.#endpoint.pool.failed(last);
    if (this.#session !== undefined && !this.#answering) this.#session.of.doubt(this.#session.session);
    this.#out = undefined;
    if (this.#answering) this.#stream.close(constants.NGHTTP2_CANCEL);
    else this.#refuse(504, grpcDeadline, 'upstream request timeout');
    out?.close(constants.NGHTTP2_CANCEL);
  }

  /** gRPC's clients read a status of their own. */
  #refuse(status: number, grpcStatus: string, text: string): void {
    const stream = this.#stream;
    if (this.#over || stream.destroyed || stream.headersSent) return;
    this.#endpoint.counts.failed += 1;
    this.#out = undefined;
    if (this.#isGrpc) {
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': grpcStatus, 'grpc-message': text },
        { endStream: true },
      );
    } else {
      stream.respond({ ':status': status, 'content-type': 'text/plain' });
      stream.end(text);
    }
    stream.resume();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#endpoint.ended();
    const out = this.#out;
    if (out !== undefined && !out.closed) out.close(constants.NGHTTP2_CANCEL);
  }
}

/** Headers as the other side may be told them. */
function plain(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const {
    connection: _c,
    'keep-alive': _k,
    'proxy-connection': _p,
    'transfer-encoding': _t,
    upgrade: _u,
    host: _h,
    ...kept
  } = headers;
  return kept;
}
