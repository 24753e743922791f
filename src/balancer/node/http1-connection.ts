import type { Socket } from 'node:net';
import { ChunkedScanner } from '../http1/chunked-scanner.ts';
import { forwardedHead, type ClientFacts } from '../http1/forwarded-head.ts';
import { errorAnswer, ownAnswerText, type OwnAnswer } from '../http1/own-answers.ts';
import { headerValues, isProblem, parseRequestHead, type RequestHead } from '../http1/request-head.ts';
import type { ResponseHead } from '../http1/response-head.ts';
import { limits } from '../limits.ts';
import { Exchange, type AnswerBytes, type ClientSide } from './exchange.ts';
import type { HttpContext, Route } from './http-context.ts';

const headEnd = Buffer.from('\r\n\r\n');
const continueBytes = 'HTTP/1.1 100 Continue\r\n\r\n';

/** One HTTP/1 client: reads requests one after another, answers them in order. */
export class Http1Connection implements ClientSide {
  readonly #socket: Socket;
  readonly #context: HttpContext;
  readonly #client: ClientFacts;
  readonly #zone: string | undefined;
  readonly #openedMs: number;
  #lastActiveMs: number;
  /** Bytes of the next request. */
  #pending: Buffer | undefined;
  #head: RequestHead | undefined;
  #route: Route | undefined;
  #exchange: Exchange | undefined;
  #bodyRemaining = 0;
  readonly #scanner = new ChunkedScanner();
  #tunnel = false;
  #advancing = false;
  /** The connection ends with the present answer. */
  #closing = false;
  /** Since when nothing more is said, or since when the last byte is with the kernel; the client's are dropped. */
  #endedMs: number | undefined;

  constructor(socket: Socket, context: HttpContext, zone: string | undefined) {
    this.#socket = socket;
    this.#context = context;
    this.#zone = zone;
    this.#openedMs = context.parts.nowMs();
    this.#lastActiveMs = this.#openedMs;
    this.#client = context.clientFacts(socket);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('drain', () => this.#onDrain());
    socket.on('finish', () => {
      if (this.#endedMs !== undefined) this.#endedMs = this.#context.parts.nowMs();
    });
    socket.on('end', () => this.#onEnd());
    socket.on('error', () => undefined); // its close says all
    socket.on('close', () => this.#onClose());
  }

  /** No request is being answered or read. */
  get idle(): boolean {
    return this.#exchange === undefined && this.#pending === undefined;
  }

  /** The listener goes away: ends now, or with the present answer. */
  retire(): void {
    this.#closing = true;
    if (this.idle) this.#end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Looks for timeouts. */
  sweep(nowMs: number): void {
    if (this.#endedMs !== undefined) {
      // A client that reads slowly gets the rest of its answer.
      const patienceMs = this.#socket.writableFinished ? limits.lingerMs : this.#context.attributes.idleTimeoutMs;
      if (nowMs - this.#endedMs > patienceMs) this.#socket.destroy();
      return;
    }
    const exchange = this.#exchange;
    const silentMs = nowMs - this.#lastActiveMs;
    if (exchange?.isConnecting === true && nowMs - exchange.connectingSinceMs > limits.connectTimeoutMs) {
      exchange.connectTimedOut();
      return;
    }
    if (silentMs > this.#context.attributes.idleTimeoutMs) return this.#timedOut(exchange);
    if (this.idle && nowMs - this.#openedMs > this.#context.attributes.clientKeepAliveMs) this.#end();
  }

  #timedOut(exchange: Exchange | undefined): void {
    if (exchange === undefined) {
      if (this.#pending === undefined) return this.#end();
      this.#refuse(408);
      return;
    }
    if (exchange.answering) return this.destroy();
    const status = exchange.bodyDone ? 504 : 408;
    exchange.abandon();
    this.#closing = true;
    this.answerFailed(status);
  }

  #onData(chunk: Buffer): void {
    if (this.#endedMs !== undefined) return;
    // A head that trickles in must be complete before the idle timeout after its first byte.
    if (this.#pending === undefined || this.#exchange !== undefined) this.#lastActiveMs = this.#context.parts.nowMs();
    const exchange = this.#exchange;
    if (exchange !== undefined && (this.#tunnel || !exchange.bodyDone)) {
      if (this.#tunnel) this.#toTarget(exchange, chunk);
      else this.#readBody(exchange, chunk);
      return;
    }
    this.#pending = this.#pending === undefined ? chunk : Buffer.concat([this.#pending, chunk]);
    if (exchange === undefined) this.#advance();
    if (this.#pending !== undefined && this.#pending.length > limits.pipelinedBytes) this.#socket.pause();
  }

  #onDrain(): void {
    if (this.#exchange !== undefined) return this.#exchange.resumeAnswer();
    this.#advance();
    this.resumeRequest();
  }

  #toTarget(exchange: Exchange, piece: Buffer): void {
    if (!exchange.sendBody(piece)) this.#socket.pause();
  }

  /** Takes requests from what has arrived until one is under way, or the client has answers that it does not read. */
  #advance(): void {
    if (this.#advancing) return;
    this.#advancing = true;
    const socket = this.#socket;
    while (
      this.#exchange === undefined &&
      this.#pending !== undefined &&
      this.#endedMs === undefined &&
      !socket.writableNeedDrain
    ) {
      if (!this.#takeRequest(this.#pending)) break;
    }
    this.#advancing = false;
  }

  /** @returns false when the head is not complete yet */
  #takeRequest(bytes: Buffer): boolean {
    let start = 0;
    // Empty lines before a request are passed over (RFC 9112, 2.2).
    while (bytes[start] === 13 && bytes[start + 1] === 10) start += 2;
    if (start === bytes.length) {
      this.#pending = undefined;
      return true;
    }
    const end = bytes.indexOf(headEnd, start);
    if (end < 0 || end - start > limits.requestHeadBytes) {
      if (bytes.length - start > limits.requestHeadBytes || hasBareLineFeed(bytes, start)) this.#refuse(400);
      return false;
    }
    const head = parseRequestHead(bytes.toString('latin1', start, end), this.#context.headRules);
    this.#pending = bytes.length === end + 4 ? undefined : bytes.subarray(end + 4);
    this.#context.figures.requests += 1;
    if (isProblem(head)) {
      this.#context.parts.log.debug('request refused', { status: head.status, reason: head.reason });
      this.#refuse(head.status);
      return false;
    }
    this.#begin(head);
    return true;
  }

  #begin(head: RequestHead): void {
    this.#head = head;
    if (!head.keepAlive) this.#closing = true;
    const route = this.#context.route({
      method: head.method,
      target: head.target,
      host: head.host,
      cookie: head.cookie,
      clientAddress: this.#client.address,
      headerValues: (name) => headerValues(head.text, name),
    });
    if (route.kind === 'answer') return this.#answerOwn(route.answer);
    if (route.plan.group.config?.protocolVersion !== 'HTTP1' && route.plan.group.config !== undefined)
      return this.#answerOwn(errorAnswer(464));
    this.#route = route;
    const { parts, attributes, dnsName } = this.#context;
    const exchange = new Exchange(parts, this, {
      method: head.method,
      head: forwardedHead(head, this.#client, { attributes, dnsName }, this.#context.traceIds.fresh(parts.nowMs())),
      hasBody: head.framing !== 'none',
      upgrade: head.upgrade !== '',
      group: route.plan.group,
      stuckTo: route.plan.stuckTo,
      zone: this.#context.attributes.crossZone ? undefined : this.#zone,
    });
    this.#exchange = exchange;
    if (head.framing !== 'none') {
      this.#bodyRemaining = head.length;
      if (head.framing === 'chunked') this.#scanner.reset();
      if (head.expectsContinue && this.#pending === undefined) this.#socket.write(continueBytes, 'latin1');
      const first = this.#pending;
      this.#pending = undefined;
      if (first !== undefined) this.#readBody(exchange, first);
    }
    if (this.#exchange === exchange) exchange.start();
  }

  #readBody(exchange: Exchange, chunk: Buffer): void {
    let end: number;
    if (this.#head?.framing === 'chunked') {
      end = this.#scanner.scan(chunk, 0);
      if (this.#scanner.failed) return this.#badBody(exchange);
      if (this.#scanner.done) exchange.endBody();
    } else {
      end = Math.min(this.#bodyRemaining, chunk.length);
      this.#bodyRemaining -= end;
      if (this.#bodyRemaining === 0) exchange.endBody();
    }
    this.#toTarget(exchange, end === chunk.length ? chunk : chunk.subarray(0, end));
    if (end < chunk.length) this.#pending = chunk.subarray(end);
  }

  #badBody(exchange: Exchange): void {
    const answering = exchange.answering;
    exchange.abandon();
    this.#exchange = undefined;
    if (answering) this.destroy();
    else this.#refuse(400);
  }

  /** Answers what cannot be read any further. */
  #refuse(status: number): void {
    this.#closing = true;
    this.#pending = undefined;
    this.#context.figures.countOwn(status);
    this.#answerText(errorAnswer(status));
    this.#done(true);
  }

  /** Answers with the load balancer's own words; a body of the request that is not here yet is not waited for. */
  #answerOwn(answer: OwnAnswer): void {
    if (this.#head?.framing !== 'none') this.#closing = true;
    this.#context.figures.countOwn(answer.status);
    this.#answerText(answer);
    this.#done(true);
  }

  #answerText(answer: OwnAnswer): void {
    const { parts, retiring } = this.#context;
    if (retiring) this.#closing = true;
    const method = this.#head?.method ?? 'GET';
    this.#socket.write(ownAnswerText(answer, { method, close: this.#closing, nowMs: parts.nowMs() }));
  }

  get decodesChunks(): boolean {
    return this.#head?.http11 === false;
  }

  interim(bytes: Buffer): void {
    if (this.#head?.http11 === true) this.#socket.write(bytes);
  }

  answerHead(head: ResponseHead, answer: AnswerBytes): boolean {
    const { bytes, headEnd: bodyStart, bodyEnd, target } = answer;
    const nowMs = this.#context.parts.nowMs();
    this.#lastActiveMs = nowMs;
    this.#context.countAnswer(head.status, this.#exchange?.startedMs ?? nowMs);
    const { clientKeepAliveMs } = this.#context.attributes;
    const http11 = this.#head?.http11 === true;
    if (head.framing === 'close' || this.#context.retiring || nowMs - this.#openedMs > clientKeepAliveMs)
      this.#closing = true;
    if (!http11 && head.framing === 'chunked') this.#closing = true;
    const cookies = this.#route?.kind === 'forward' ? this.#context.cookieLines(this.#route, target, head) : '';
    if (head.untouched && cookies === '' && !this.#closing && http11)
      return this.#socket.write(bodyEnd === bytes.length ? bytes : bytes.subarray(0, bodyEnd));
    const connection = this.#closing ? 'Connection: close\r\n' : http11 ? '' : 'Connection: keep-alive\r\n';
    const kept = http11 ? head.kept : head.kept.replace(/\r\ntransfer-encoding:[^\r]*/i, '');
    return this.#writeTogether(`${kept}${cookies}${connection}\r\n`, bytes.subarray(bodyStart, bodyEnd));
  }

  #writeTogether(text: string, rest: Buffer): boolean {
    if (rest.length === 0) return this.#socket.write(text, 'latin1');
    this.#socket.cork();
    this.#socket.write(text, 'latin1');
    const more = this.#socket.write(rest);
    this.#socket.uncork();
    return more;
  }

  answerBody(piece: Buffer): boolean {
    this.#lastActiveMs = this.#context.parts.nowMs();
    return this.#socket.write(piece);
  }

  answerEnd(): void {
    this.#done(this.#exchange?.bodyDone ?? true);
  }

  answerTunnel(head: ResponseHead, rest: Buffer): void {
    this.#tunnel = true;
    this.#context.countAnswer(head.status, this.#exchange?.startedMs ?? 0);
    this.#writeTogether(`${head.kept}Upgrade: ${head.upgrade}\r\nConnection: Upgrade\r\n\r\n`, rest);
    const first = this.#pending;
    this.#pending = undefined;
    if (first !== undefined && this.#exchange !== undefined) this.#toTarget(this.#exchange, first);
    this.#socket.resume();
  }

  tunnelEnded(): void {
    this.#socket.end();
  }

  answerFailed(status: number): void {
    this.#context.figures.countOwn(status);
    if (this.#exchange?.bodyDone === false) this.#closing = true;
    this.#answerText(errorAnswer(status));
    this.#done(true);
  }

  answerBroken(): void {
    this.#exchange = undefined;
    this.#socket.destroy();
  }

  resumeRequest(): void {
    if (this.#pending === undefined || this.#pending.length <= limits.pipelinedBytes) this.#socket.resume();
  }

  /** The present answer is complete. */
  #done(requestRead: boolean): void {
    this.#exchange = undefined;
    this.#head = undefined;
    this.#route = undefined;
    this.#lastActiveMs = this.#context.parts.nowMs();
    if (this.#closing || !requestRead || this.#tunnel) return this.#end();
    if (this.#socket.isPaused()) this.#socket.resume();
    if (this.#pending !== undefined) this.#advance();
  }

  #end(): void {
    if (this.#endedMs !== undefined) return;
    this.#endedMs = this.#context.parts.nowMs();
    this.#pending = undefined;
    this.#socket.end();
    // Unread bytes would make the kernel reset the connection, and the client might lose the answer.
    this.#socket.resume();
  }

  #onEnd(): void {
    const exchange = this.#exchange;
    if (this.#endedMs !== undefined) return;
    if (exchange === undefined) {
      this.#end();
      return;
    }
    if (this.#tunnel) return exchange.endTunnel();
    this.#closing = true;
    if (exchange.bodyDone) return; // it may still be reading
    this.#context.figures.abandoned += 1;
    exchange.abandon();
    this.#exchange = undefined;
    this.destroy();
  }

  #onClose(): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#endedMs ??= 0;
    if (exchange !== undefined) {
      if (!this.#tunnel) this.#context.figures.abandoned += 1;
      exchange.abandon();
    }
    this.#context.closed(this);
  }
}

function hasBareLineFeed(bytes: Buffer, start: number): boolean {
  for (let at = bytes.indexOf(10, start); at >= 0; at = bytes.indexOf(10, at + 1))
    if (bytes[at - 1] !== 13) return true;
  return false;
}
