import { request, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { limits } from '../limits.ts';
import type { Endpoint } from './endpoint.ts';
import type { Host } from './host-pool.ts';
import { freshConnections, keptConnections } from './http1-connections.ts';
import { answerHeaders, isRepeatable, requestHeaders } from './http1-heads.ts';

/** One HTTP/1.1 request of a container and its answer, over as many hosts as it takes. */
export class Http1Exchange {
  readonly #endpoint: Endpoint;
  readonly #request: IncomingMessage;
  /** Absent: the client asked for another protocol, and `#tunnel` is its connection. */
  readonly #response: ServerResponse | undefined;
  readonly #tunnel: Socket | undefined;
  readonly #tried = new Set<Host>();
  #attempts = 0;
  readonly #startedMs = Date.now();
  readonly #repeatable: boolean;
  /** Of the body, what was read; undefined once it is too much to be sent again. */
  #replay: Buffer[] | undefined = [];
  #replayBytes = 0;
  #bodyEnded = false;
  #reading = false;
  #out: ClientRequest | undefined;
  #answering = false;
  #over = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    endpoint: Endpoint,
    asked: { readonly request: IncomingMessage; readonly response?: ServerResponse; readonly tunnel?: Socket },
  ) {
    this.#endpoint = endpoint;
    this.#request = asked.request;
    this.#response = asked.response;
    this.#tunnel = asked.tunnel;
    this.#repeatable = isRepeatable(asked.request.method ?? '');
  }

  start(): void {
    const { requestTimeoutMs } = this.#endpoint.config;
    this.#endpoint.begun();
    const client = this.#response ?? this.#tunnel;
    client?.once('close', () => this.#finish());
    client?.on('error', () => undefined); // its close says all
    if (requestTimeoutMs > 0) this.#timer = setTimeout(() => this.#timedOut(), requestTimeoutMs);
    this.#attempt();
  }

  #attempt(): void {
    const { pool, counts } = this.#endpoint;
    const host = this.#attempts > limits.retries ? undefined : pool.choose(this.#tried);
    if (host === undefined)
      return this.#refuse(
        503,
        this.#tried.size === 0 ? 'no healthy upstream' : 'upstream connect error or disconnect/reset before headers',
      );
    if (this.#attempts > 0) counts.retries += 1;
    this.#attempts += 1;
    // What went wrong over a kept connection is tried over a new one.
    const kept = this.#repeatable && this.#tunnel === undefined && !this.#tried.has(host);
    this.#tried.add(host);
    host.begin();
    const { method = 'GET', url = '/', rawHeaders } = this.#request;
    const upgrade = this.#tunnel !== undefined;
    const out = request({
      host: host.address,
      port: host.port,
      method,
      path: url,
      // Flat, in the order and with the case of the client; Node's types know objects only.
      headers: requestHeaders(rawHeaders, method, upgrade) as never,
      setHost: false,
      agent: kept ? keptConnections(host) : freshConnections,
    });
    this.#out = out;
    this.#follow(out, host);
  }

  #follow(out: ClientRequest, host: Host): void {
    let connected = false;
    let answered = false;
    const connectTimer = setTimeout(() => out.destroy(new Error('connect timeout')), limits.connectTimeoutMs);
    const onConnected = (): void => {
      clearTimeout(connectTimer);
      connected = true;
      if (this.#out === out) this.#sendBody(out);
    };
    out.once('socket', (socket) => {
      socket.setNoDelay(true);
      if (socket.connecting) socket.once('connect', onConnected);
      else onConnected();
    });
    out.once('response', (answer) => {
      answered = true;
      this.#answer(answer, host, out);
    });
    out.once('upgrade', (answer: IncomingMessage, socket: Socket, rest: Buffer) => {
      answered = true;
      this.#beginTunnel(answer, host, { socket, rest });
    });
    out.on('error', () => undefined); // its close says all
    out.once('close', () => {
      clearTimeout(connectTimer);
      host.end();
      if (answered || this.#over || this.#out !== out) return;
      // A kept connection may have been closing all the while.
      if (!out.reusedSocket) this.#endpoint.pool.failed(host);
      if (!connected || (this.#repeatable && this.#replay !== undefined)) this.#attempt();
      else this.#refuse(503, 'upstream connect error or disconnect/reset before headers');
    });
  }

  /** The body goes out once there is a connection; what was read before is sent again. */
  #sendBody(out: ClientRequest): void {
    for (const piece of this.#replay ?? []) out.write(piece);
    if (this.#bodyEnded) return void out.end();
    const request = this.#request;
    out.on('drain', () => request.resume());
    if (this.#reading) return void request.resume();
    this.#reading = true;
    request.on('data', (piece: Buffer) => {
      this.#endpoint.counts.sentBytes += piece.length;
      this.#replayBytes += piece.length;
      if (this.#replayBytes > limits.replayBytes) this.#replay = undefined;
      else this.#replay?.push(piece);
      if (this.#out?.write(piece) === false) request.pause();
    });
    request.once('end', () => {
      this.#bodyEnded = true;
      this.#out?.end();
    });
  }

  #answer(answer: IncomingMessage, host: Host, out: ClientRequest): void {
    const status = answer.statusCode ?? 502;
    const { pool } = this.#endpoint;
    if (status >= 500) pool.failed(host);
    else pool.succeeded(host);
    if (this.#over) return void out.destroy();
    if (status === 503 && this.#mayTryAgain()) {
      answer.resume();
      this.#out = undefined;
      return this.#attempt();
    }
    this.#answering = true;
    this.#endpoint.answered(status, Date.now() - this.#startedMs);
    answer.on('data', (piece: Buffer) => {
      this.#endpoint.counts.receivedBytes += piece.length;
    });
    if (this.#response === undefined) return this.#answerTunnel(answer);
    this.#response.writeHead(status, answer.statusMessage, answerHeaders(answer.rawHeaders, false) as never);
    const response = this.#response;
    answer.pipe(response, { end: false });
    answer.once('end', () => {
      if (Object.keys(answer.trailers).length > 0) response.addTrailers(answer.trailers);
      response.end();
    });
    answer.once('close', () => {
      if (!answer.complete) response.destroy();
    });
  }

  #mayTryAgain(): boolean {
    const { pool } = this.#endpoint;
    const another = pool.hosts.some((host) => !this.#tried.has(host));
    return (
      this.#repeatable && this.#replay !== undefined && this.#bodyEnded && another && this.#attempts <= limits.retries
    );
  }

  /** The host did not agree to another protocol: its answer ends the connection. */
  #answerTunnel(answer: IncomingMessage): void {
    const tunnel = this.#tunnel;
    if (tunnel === undefined) return;
    tunnel.write(headOf(answer, [...answerHeaders(answer.rawHeaders, false), 'Connection', 'close']));
    answer.pipe(tunnel);
  }

  #beginTunnel(
    answer: IncomingMessage,
    host: Host,
    { socket, rest }: { readonly socket: Socket; readonly rest: Buffer },
  ): void {
    const tunnel = this.#tunnel;
    if (tunnel === undefined || this.#over) return void socket.destroy();
    this.#answering = true;
    clearTimeout(this.#timer);
    this.#endpoint.answered(answer.statusCode ?? 101, Date.now() - this.#startedMs);
    tunnel.write(headOf(answer, answerHeaders(answer.rawHeaders, true)));
    if (rest.length > 0) tunnel.write(rest);
    socket.on('error', () => undefined); // its close says all
    socket.setTimeout(this.#endpoint.config.idleTimeoutMs, () => socket.destroy());
    host.begin();
    socket.once('close', () => {
      host.end();
      tunnel.destroySoon();
    });
    tunnel.once('close', () => socket.destroySoon());
    socket.pipe(tunnel);
    tunnel.pipe(socket);
  }

  #timedOut(): void {
    this.#endpoint.counts.timedOut += 1;
    const out = this.#out;
    const last = [...this.#tried].at(-1);
    if (last !== undefined && !this.#answering) this.#endpoint.pool.failed(last);
    this.#out = undefined;
    if (this.#answering) (this.#response ?? this.#tunnel)?.destroy();
    else this.#refuse(504, 'upstream request timeout');
    out?.destroy();
  }

  #refuse(status: number, text: string): void {
    if (this.#over) return;
    this.#endpoint.counts.failed += 1;
    this.#out = undefined;
    if (this.#response !== undefined) {
      const body = Buffer.from(text);
      const headers = {
        'content-type': 'text/plain',
        'content-length': body.length,
        ...(this.#bodyEnded ? {} : { connection: 'close' }),
      };
      this.#response.writeHead(status, headers);
      this.#response.end(body);
      this.#request.resume();
      return;
    }
    this.#tunnel?.end(`HTTP/1.1 ${status} \r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`);
  }

  /** The client has its answer, or is gone. */
  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#endpoint.ended();
    if (this.#response?.writableFinished !== true) this.#out?.destroy();
  }
}

function headOf({ statusCode = 502, statusMessage = '' }: IncomingMessage, headers: readonly string[]): string {
  let text = `HTTP/1.1 ${statusCode} ${statusMessage}\r\n`;
  for (let at = 0; at + 1 < headers.length; at += 2) text += `${headers[at]}: ${headers[at + 1]}\r\n`;
  return `${text}\r\n`;
}
