import {
  constants,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { limits } from '../limits.ts';
import type { ResponseHead } from '../http1/response-head.ts';
import type { NodeTarget, NodeTargetGroup, PlaneParts } from './plane-parts.ts';
import { plainHeaders } from './http2-headers.ts';

export interface Http2ExchangeClient {
  readonly stream: ServerHttp2Stream;
  /** Set-Cookie values for an answer of a target. */
  cookies(target: NodeTarget, answer: Pick<ResponseHead, 'cookies'>): readonly string[];
  answered(status: number): void;
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
  #out: ClientHttp2Stream | undefined;
  #end: (() => void) | undefined;
  #answering = false;
  #pumping = false;
  #sentBody = false;
  #bodyEnded = false;
  #over = false;
  connectingSinceMs: number | undefined;

  constructor(parts: PlaneParts, client: Http2ExchangeClient, request: Http2ExchangeRequest) {
    this.#parts = parts;
    this.#client = client;
    this.#request = request;
    this.#startedMs = parts.nowMs();
    client.stream.on('drain', () => this.#out?.resume());
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
    this.connectingSinceMs = this.#parts.nowMs();
    if (session.connecting) {
      session.once('connect', () => {
        if (held && !this.#over)
          this.#send(target, session.request(this.#request.headers, { endStream: !this.#request.hasBody }));
      });
      session.once('error', (error) => this.#refused(target, error, held));
      return;
    }
    this.#send(target, session.request(this.#request.headers, { endStream: !this.#request.hasBody }));
  }

  #refused(target: NodeTarget, error: Error | undefined, held: boolean): void {
    if (!held || this.#over || this.#out !== undefined) return;
    this.#parts.targetRefused(target, error);
    this.#end?.();
    this.start();
  }

  #send(target: NodeTarget, out: ClientHttp2Stream): void {
    this.#out = out;
    this.connectingSinceMs = undefined;
    const { stream } = this.#client;
    let trailers: IncomingHttpHeaders | undefined;
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
    if (this.#bodyEnded) out.end();
    if (this.#request.hasBody) this.#pumpBody();
  }

  /** Reads the request's body from when there is a stream to give it to. */
  #pumpBody(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    const { stream } = this.#client;
    stream.on('data', (piece: Buffer) => {
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
    this.#answering = true;
    const status = Number(headers[':status'] ?? 502);
    this.#client.answered(status);
    this.#parts.answered(this.#request.group.arn, status, this.#startedMs);
    const set = headers['set-cookie'] ?? [];
    const cookies = [...set, ...this.#client.cookies(target, { cookies: set })];
    const answer = {
      ...plainHeaders(headers),
      ':status': status,
      ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }),
    };
    const ends = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    stream.respond(answer, ends ? { endStream: true } : { waitForTrailers: true });
  }

  #closed(refused: boolean): void {
    if (this.#over) return;
    const { stream } = this.#client;
    if (this.#answering) {
      // An answer that broke off must not look whole.
      if (!stream.writableEnded && !stream.destroyed) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      this.#over = true;
      return;
    }
    this.#out = undefined;
    // What was refused was not looked at; what only reads may be asked again elsewhere.
    const reads = ['GET', 'HEAD', 'OPTIONS'].includes(String(this.#request.headers[':method']));
    const mayRepeat = refused ? !this.#sentBody : reads && !this.#request.hasBody;
    if (mayRepeat) this.start();
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
    if (this.#over) return;
    this.#end?.();
    this.#fail(504);
  }

  #fail(status: number): void {
    if (this.#over) return;
    this.#over = true;
    this.#client.failed(status);
  }
}
