import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { messageOf } from '../../kernel/index.ts';
import { forwardedForValue, forwardedHead, hostValue, traceValue, type ClientFacts } from '../http1/forwarded-head.ts';
import { errorAnswer, type OwnAnswer } from '../http1/own-answers.ts';
import { headerValues, isProblem, parseRequestHead, type RequestHead } from '../http1/request-head.ts';
import type { ResponseHead } from '../http1/response-head.ts';
import { limits } from '../limits.ts';
import { Exchange, type AnswerBytes, type ClientSide } from './exchange.ts';
import { Http2Exchange, type Http2ExchangeClient } from './http2-exchange.ts';
import { headTextOf, headersOfLines, plainHeaders, trailerLines } from './http2-headers.ts';
import type { HttpContext, Route } from './http-context.ts';
import type { NodeTarget } from './plane-parts.ts';

export interface Http2Place {
  readonly context: HttpContext;
  readonly client: ClientFacts;
  readonly zone: string | undefined;
}

/** One request of an HTTP/2 client, to a target of either version. */
export class Http2Request implements ClientSide, Http2ExchangeClient {
  readonly decodesChunks = true;
  readonly stream: ServerHttp2Stream;
  readonly #place: Http2Place;
  #exchange: Exchange | undefined;
  #http2: Http2Exchange | undefined;
  #route: Extract<Route, { kind: 'forward' }> | undefined;
  #lastActiveMs: number;
  readonly #startedMs: number;
  #isHead = false;

  constructor(stream: ServerHttp2Stream, place: Http2Place) {
    this.stream = stream;
    this.#place = place;
    this.#startedMs = place.context.parts.nowMs();
    this.#lastActiveMs = this.#startedMs;
    stream.on('error', () => undefined); // its close says all
    stream.on('drain', () => this.#exchange?.resumeAnswer());
    stream.on('close', () => this.#exchange?.abandon());
  }

  begin(headers: IncomingHttpHeaders): void {
    const { context, client, zone } = this.#place;
    this.#isHead = headers[':method'] === 'HEAD';
    const hasBody = !this.stream.endAfterHeaders;
    context.figures.requests += 1;
    const head = parseRequestHead(headTextOf(headers, hasBody), context.headRules);
    if (isProblem(head)) return this.#answerOwn(errorAnswer(head.status));
    const route = context.route({
      method: head.method,
      target: head.target,
      host: head.host,
      cookie: head.cookie,
      clientAddress: client.address,
      headerValues: (name) => headerValues(head.text, name),
    });
    if (route.kind === 'answer') return this.#answerOwn(route.answer);
    const version = route.plan.group.config?.protocolVersion ?? 'HTTP1';
    const grpc = (headers['content-type'] ?? '').startsWith('application/grpc');
    if ((version === 'HTTP1' && grpc) || (version === 'GRPC' && head.method !== 'POST'))
      return this.#answerOwn(errorAnswer(464));
    this.#route = route;
    const common = {
      hasBody,
      group: route.plan.group,
      stuckTo: route.plan.stuckTo,
      zone: context.attributes.crossZone ? undefined : zone,
    };
    if (version !== 'HTTP1') {
      this.#http2 = new Http2Exchange(context.parts, this, {
        ...common,
        headers: this.#forwardedHeaders(headers, head),
      });
      this.#http2.start();
      return;
    }
    const text = forwardedHead(head, client, context, context.traceIds.fresh(this.#startedMs));
    this.#exchange = new Exchange(context.parts, this, { ...common, method: head.method, head: text, upgrade: false });
    if (hasBody) this.#sendBody(this.#exchange, head.framing === 'chunked');
    this.#exchange.start();
  }

  #sendBody(exchange: Exchange, chunked: boolean): void {
    let trailers: IncomingHttpHeaders | undefined;
    this.stream.on('trailers', (headers) => {
      trailers = headers;
    });
    this.stream.on('data', (piece: Buffer) => {
      this.touched();
      const framed = chunked ? Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, lineEnd]) : piece;
      if (piece.length > 0 && !exchange.sendBody(framed)) this.stream.pause();
    });
    this.stream.on('end', () => {
      exchange.endBody();
      if (chunked) exchange.sendBody(Buffer.from(`0\r\n${trailerLines(trailers)}\r\n`, 'latin1'));
    });
  }

  #forwardedHeaders(headers: IncomingHttpHeaders, head: RequestHead): OutgoingHttpHeaders {
    const { context, client } = this.#place;
    const forwardedFor = forwardedForValue(head.forwardedFor, client, context.attributes);
    const { 'x-forwarded-for': _before, host: _host, ...kept } = plainHeaders(headers);
    const valid = context.headRules.dropInvalidHeaderFields
      ? Object.fromEntries(Object.entries(kept).filter(([name]) => /^[-a-z0-9]+$/.test(name)))
      : kept;
    // The only value that HTTP/2 knows.
    const te = String(headers['te'] ?? '').toLowerCase() === 'trailers' ? { te: 'trailers' } : {};
    return {
      ...valid,
      ...te,
      ':method': head.method,
      ':path': head.target,
      ':authority': hostValue(head, client, context),
      ...(forwardedFor === '' ? {} : { 'x-forwarded-for': forwardedFor }),
      'x-forwarded-proto': client.protocol,
      'x-forwarded-port': String(client.listenerPort),
      'x-amzn-trace-id': traceValue(head.traceId, context.traceIds.fresh(this.#startedMs)),
    };
  }

  sweep(nowMs: number): void {
    const { connectingSinceMs } = this.#http2 ?? {};
    if (this.#exchange?.isConnecting === true && nowMs - this.#exchange.connectingSinceMs > limits.connectTimeoutMs)
      return this.#exchange.connectTimedOut();
    if (connectingSinceMs !== undefined && nowMs - connectingSinceMs > limits.connectTimeoutMs)
      return this.#http2?.connectTimedOut();
    if (nowMs - this.#lastActiveMs <= this.#place.context.attributes.idleTimeoutMs) return;
    const answering = this.#exchange?.answering ?? this.#http2?.answering ?? true;
    this.#exchange?.abandon();
    this.#http2?.abandon();
    if (answering) this.stream.close(constants.NGHTTP2_CANCEL);
    else this.#answerOwn(errorAnswer(504));
  }

  touched(): void {
    this.#lastActiveMs = this.#place.context.parts.nowMs();
  }

  #answerOwn({ status, contentType, body, location }: OwnAnswer): void {
    this.#place.context.figures.countOwn(status);
    if (this.stream.destroyed || this.stream.headersSent) return;
    this.stream.respond({
      ':status': status,
      server: 'awselb/2.0',
      date: new Date(this.#place.context.parts.nowMs()).toUTCString(),
      ...(contentType === '' ? {} : { 'content-type': contentType }),
      'content-length': Buffer.byteLength(body),
      ...(location === undefined ? {} : { location }),
    });
    this.stream.end(this.#isHead ? undefined : body);
    this.stream.resume(); // what is left of the request's body
  }

  interim(bytes: Buffer): void {
    const [status = '', ...lines] = bytes.toString('latin1').split('\r\n');
    this.hint(Number(status.slice(9, 12)), headersOfLines(lines.join('\r\n')));
  }

  hint(status: number, headers: OutgoingHttpHeaders): void {
    if (this.stream.destroyed || this.stream.headersSent) return;
    try {
      this.stream.additionalHeaders({ ...headers, ':status': status });
    } catch (error) {
      this.#place.context.parts.log.debug('a hint of a target is not passed on', { error: messageOf(error) });
    }
  }

  answerHead(head: ResponseHead, { bytes, headEnd, bodyEnd, target }: AnswerBytes): boolean {
    this.touched();
    if (this.stream.destroyed || this.stream.headersSent) return true;
    const { context } = this.#place;
    const cookies = this.#route === undefined ? '' : context.cookieLines(this.#route, target, head);
    const headers = headersOfLines(head.kept.slice(head.kept.indexOf('\r\n') + 2) + cookies);
    try {
      this.stream.respond({ ...headers, ':status': head.status });
    } catch (error) {
      // Such as a status over 599: HTTP/1.1 has it, HTTP/2 does not.
      context.parts.log.debug('an answer cannot be said in HTTP/2', { error: messageOf(error) });
      this.#exchange?.abandon();
      this.answerFailed(502);
      return true;
    }
    context.countAnswer(head.status, this.#startedMs);
    return bodyEnd > headEnd ? this.stream.write(bytes.subarray(headEnd, bodyEnd)) : true;
  }

  answerBody(piece: Buffer): boolean {
    this.touched();
    return this.stream.destroyed || piece.length === 0 || this.stream.write(piece);
  }

  answerEnd(): void {
    if (!this.stream.destroyed) this.stream.end();
    this.stream.resume();
  }

  answerTunnel(): void {
    this.#exchange?.abandon(); // nobody asked for it: HTTP/2 has no Upgrade
    this.answerFailed(502);
  }

  tunnelEnded(): void {
    this.stream.end();
  }

  answerFailed(status: number): void {
    this.#answerOwn(errorAnswer(status));
  }

  failed(status: number): void {
    this.#answerOwn(errorAnswer(status));
  }

  answered(status: number): void {
    this.#place.context.countAnswer(status, this.#startedMs);
  }

  cookies(target: NodeTarget, answer: Pick<ResponseHead, 'cookies'>): readonly string[] {
    if (this.#route === undefined) return [];
    const set = headersOfLines(this.#place.context.cookieLines(this.#route, target, answer))['set-cookie'];
    return set === undefined ? [] : Array.isArray(set) ? set : [set];
  }

  answerBroken(): void {
    this.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  resumeRequest(): void {
    this.stream.resume();
  }
}

const lineEnd = Buffer.from('\r\n');
