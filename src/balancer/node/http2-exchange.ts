import {
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { messageOf } from '../../kernel/index.ts';
import { limits } from '../limits.ts';
import type { ResponseHead } from '../http1/response-head.ts';
import type { NodeTarget, NodeTargetGroup, PlaneParts } from './plane-parts.ts';
import { plainHeaders } from './http2-headers.ts';

export interface Http2ExchangeClient {
  readonly stream: ServerHttp2Stream;
  /** Set-Cookie values for an answer of a target. */
  cookies(target: NodeTarget, answer: Pick<ResponseHead, 'cookies'>): readonly string[];
  answered(status: number): void;
  /** A 1xx that is passed on. */
  hint(status: number, headers: OutgoingHttpHeaders): void;
  failed(status: number): void;
  touched(): void;
}

export interface Http2ExchangeRequest {
  readonly headers: OutgoingHttpHeaders;
  readonly hasBody: boolean;
  readonly group: NodeTargetGroup;
  readonly stuckTo: NodeTarget | undefined;
  readonly zone: string | undefined;
}

/** One HTTP/2 request, such as a gRPC call, to a target that speaks HTTP/2, with its trailers. */
export class Http2Exchange {
  readonly #parts: PlaneParts;
  readonly #client: Http2ExchangeClient;
  readonly #request: Http2ExchangeRequest;
  readonly #tried = new Set<NodeTarget>();
  readonly #startedMs: number;
  #attempt: { readonly target: NodeTarget; readonly session: ClientHttp2Session } | undefined;
  #out: ClientHttp2Stream | undefined;
  #end: (() => void) | undefined;
  #answering = false;
  #pumping = false;
  #sentBody = false;
  #bodyEnded = false;
  #trailers: IncomingHttpHeaders | undefined;
  #over = false;
  connectingSinceMs: number | undefined;

  constructor(parts: PlaneParts, client: Http2ExchangeClient, request: Http2ExchangeRequest) {
    this.#parts = parts;
    this.#client = client;
    this.#request = request;
    this.#startedMs = parts.nowMs();
    client.stream.on('drain', () => this.#out?.resume());
    client.stream.on('trailers', (headers) => {
      this.#trailers = headers;
    });
    client.stream.on('close', () => this.abandon());
  }

  get answering(): boolean {
    return this.#answering;
  }

  start(): void {
    const { group, stuckTo, zone } = this.#request;
    const target =
      (this.#tried.size === 0 ? stuckTo : undefined) ?? this.#parts.choose(group, { zone, tried: this.#tried });
    if (target === undefined || this.#tried.size >= limits.attempts)
      return this.#fail(this.#tried.size === 0 ? 503 : 502);
    this.#tried.add(target);
    target.inFlight += 1;
    const { session, done } = target.carried.http2.take();
    let held = true;
    this.#end = () => {
      if (!held) return;
      held = false;
      done();
      this.#parts.released(target);
    };
    this.#attempt = { target, session };
    this.connectingSinceMs = this.#parts.nowMs();
    if (!session.connecting) return this.#send(target, session);
    // Also one that nothing is wrong with: its target drains meanwhile.
    const gone = (): void => {
      if (!held || this.#over) return;
      this.#parts.targetRefused(target, new Error('the connection was closed before it was there'));
      this.#again();
    };
    session.once('close', gone);
    session.once('connect', () => {
      session.off('close', gone);
      if (held && !this.#over) this.#send(target, session);
    });
  }

  #again(): void {
    this.#end?.();
    this.#out = undefined;
    // What comes of the body meanwhile waits.
    this.#client.stream.pause();
    this.start();
  }

  /** @returns undefined where the request cannot be said, or not over this connection any more */
  #open(session: ClientHttp2Session): ClientHttp2Stream | undefined {
    const { headers, hasBody } = this.#request;
    try {
      return session.request(headers, { endStream: !hasBody, waitForTrailers: hasBody });
    } catch (error) {
      this.#parts.log.debug('a request cannot be sent over HTTP/2', { error: messageOf(error) });
      return undefined;
    }
  }

  #send(target: NodeTarget, session: ClientHttp2Session): void {
    this.connectingSinceMs = undefined;
    const out = this.#open(session);
    if (out === undefined) {
      if (session.closed || session.destroyed) return this.#again();
      this.#end?.();
      return this.#fail(502);
    }
    this.#out = out;
    const { stream } = this.#client;
    let trailers: IncomingHttpHeaders | undefined;
    out.on('headers', (headers) => this.#client.hint(Number(headers[':status']), plainHeaders(headers)));
    out.on('response', (headers, flags) => this.#respond(target, headers, flags));
    out.on('trailers', (headers) => {
      trailers = headers;
    });
    out.on('data', (piece: Buffer) => {
      this.#client.touched();
      if (!stream.write(piece)) out.pause();
    });
    out.on('end', () => {
      // A connection that breaks off also ends the stream, with a code; its close deals with that.
      if (out.rstCode !== constants.NGHTTP2_NO_ERROR || !this.#answering) return;
      if (stream.writableEnded || stream.destroyed) return;
      stream.once('wantTrailers', () => stream.sendTrailers(trailers === undefined ? {} : plainHeaders(trailers)));
      stream.end();
    });
    out.on('error', () => undefined); // its close says all
    out.on('close', () => {
      this.#end?.();
      this.#closed(out.rstCode === constants.NGHTTP2_REFUSED_STREAM);
    });
    out.on('drain', () => stream.resume());
    out.once('wantTrailers', () => out.sendTrailers(plainHeaders(this.#trailers ?? {})));
    if (this.#bodyEnded) out.end();
    if (!this.#request.hasBody) return;
    this.#pumpBody();
    stream.resume();
  }

  /** Reads the request's body from when there is a stream to give it to. */
  #pumpBody(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    const { stream } = this.#client;
    stream.on('data', (piece: Buffer) => {
      if (this.#over) return; // nobody wants it any more; it is read so that the stream can end
      this.#sentBody = true;
      this.#client.touched();
      if (this.#out?.write(piece) === false) stream.pause();
    });
    stream.on('end', () => {
      this.#bodyEnded = true;
      this.#out?.end();
    });
  }

  #respond(target: NodeTarget, headers: IncomingHttpHeaders, flags: number): void {
    const { stream } = this.#client;
    if (stream.destroyed || stream.headersSent) return;
    const status = Number(headers[':status'] ?? 502);
    const set = headers['set-cookie'] ?? [];
    const cookies = [...set, ...this.#client.cookies(target, { cookies: set })];
    const answer = {
      ...plainHeaders(headers),
      ':status': status,
      ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }),
    };
    const ends = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    try {
      stream.respond(answer, ends ? { endStream: true } : { waitForTrailers: true });
    } catch (error) {
      this.#parts.log.debug('an answer cannot be passed on', { error: messageOf(error) });
      this.#fail(502);
      this.#out?.close(constants.NGHTTP2_CANCEL);
      return;
    }
    this.#answering = true;
    this.#client.answered(status);
    this.#parts.answered(this.#request.group.arn, status, this.#startedMs);
  }

  #closed(refused: boolean): void {
    if (this.#over) return;
    const { stream } = this.#client;
    if (this.#answering) {
      // An answer that broke off must not look whole.
      if (!stream.writableEnded && !stream.destroyed) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      this.#over = true;
      stream.resume();
      return;
    }
    // What was refused was not looked at; what only reads may be asked again elsewhere.
    const reads = ['GET', 'HEAD', 'OPTIONS'].includes(String(this.#request.headers[':method']));
    const mayRepeat = refused ? !this.#sentBody : reads && !this.#request.hasBody;
    if (mayRepeat) this.#again();
    else this.#fail(502);
  }

  /** The client is gone, or has waited for too long. */
  abandon(): void {
    if (this.#over) return;
    this.#over = true;
    this.#out?.close(constants.NGHTTP2_CANCEL);
    this.#end?.();
  }

  /** The target does not take a connection in time. */
  connectTimedOut(): void {
    if (this.#over || this.#attempt === undefined) return;
    const { target, session } = this.#attempt;
    this.#end?.();
    this.#fail(504);
    // Others that wait for the same connection try elsewhere.
    this.#parts.targetRefused(target, undefined);
    session.destroy();
  }

  #fail(status: number): void {
    if (this.#over) return;
    this.#over = true;
    this.#client.failed(status);
  }
}
