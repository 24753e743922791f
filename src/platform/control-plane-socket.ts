import type { ClientRequest, IncomingMessage } from 'node:http';
import aws4 from 'aws4';
import { WebSocket } from 'ws';
import { messageOf, type Cancel, type Clock, type Ids, type Log, type ServerTrust } from '../kernel/index.ts';

export interface SocketCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface ControlPlaneSocketOptions {
  /** `http://host:port` or `https://…` of the control plane. */
  readonly endpoint: string;
  /** How an `https` endpoint is verified; absent: as usual. */
  readonly trust?: ServerTrust | undefined;
  /** Of the websocket, such as `/servicediscovery/names`. */
  readonly path: string;
  /** The service that the upgrade is signed for. */
  readonly signingName: string;
  readonly region: string;
  readonly credentials: () => SocketCredentials;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** A connection is open, and nothing has come over it yet. */
  onOpen(): void;
  /** A message of the present connection, read from JSON. When it throws, the connection is made anew: that brings everything again. */
  onMessage(message: unknown): void;
}

const limits = {
  frameBytes: 64 * 1024 * 1024,
  handshakeTimeoutMs: 10_000,
  pingMs: 20_000,
  reconnectFirstMs: 250,
  reconnectLongestMs: 15_000,
} as const;

/** Keeps a websocket to the control plane open and listens, dialling again with growing pauses while it is away. */
export class ControlPlaneSocket {
  readonly #options: ControlPlaneSocketOptions;
  #socket: WebSocket | undefined;
  #closed = false;
  #failures = 0;
  #cancelDial: Cancel = () => undefined;
  #cancelPing: Cancel = () => undefined;

  constructor(options: ControlPlaneSocketOptions) {
    this.#options = options;
    this.#dial();
  }

  /** Over the present connection; without one nothing is sent. */
  send(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  close(): void {
    this.#closed = true;
    this.#cancelDial();
    this.#cancelPing();
    this.#socket?.close(1000, 'stops');
    this.#socket?.terminate();
  }

  #dial(): void {
    if (this.#closed) return;
    const { endpoint, trust, path, log } = this.#options;
    const url = new URL(path, endpoint);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url, {
      headers: signedHeaders(url, this.#options),
      perMessageDeflate: false,
      handshakeTimeout: limits.handshakeTimeoutMs,
      maxPayload: limits.frameBytes,
      ...trust,
    });
    this.#socket = socket;
    let refusal = '';
    socket.on('open', () => {
      log.info('connected to the control plane', { url: url.origin });
      this.#options.onOpen();
      this.#watch(socket);
    });
    socket.on('message', (data, isBinary) => {
      if (!isBinary && Buffer.isBuffer(data)) this.#take(socket, data.toString('utf8'));
    });
    socket.on('unexpected-response', (request: ClientRequest, response: IncomingMessage) => {
      refusal = `it answered ${response.statusCode}`;
      response.resume();
      request.destroy();
      socket.terminate();
    });
    socket.on('error', (error) => {
      refusal ||= error.message;
    });
    socket.on('close', (_code, reason) => {
      this.#cancelPing();
      if (this.#socket === socket) this.#socket = undefined;
      this.#redial(reason.toString() || refusal);
    });
  }

  #redial(why: string): void {
    if (this.#closed) return;
    const { clock, ids, log } = this.#options;
    const delayMs = Math.min(limits.reconnectFirstMs * 2 ** this.#failures, limits.reconnectLongestMs);
    if (this.#failures === 0) log.warn('no connection to the control plane; going on with what is known', { why });
    this.#failures = Math.min(this.#failures + 1, 16);
    this.#cancelDial = clock.after(delayMs * (0.8 + ids.fraction() * 0.4), () => this.#dial());
  }

  #take(socket: WebSocket, text: string): void {
    try {
      this.#options.onMessage(JSON.parse(text));
      this.#failures = 0;
    } catch (error) {
      this.#options.log.error('a message of the control plane could not be taken; all of it is asked for again', {
        error: messageOf(error),
      });
      socket.terminate();
    }
  }

  /** A control plane that vanished without a word is noticed by its missing pong. */
  #watch(socket: WebSocket): void {
    let answered = true;
    socket.on('pong', () => {
      answered = true;
    });
    const beat = (): void => {
      if (!answered) return socket.terminate();
      answered = false;
      socket.ping();
      this.#cancelPing = this.#options.clock.after(limits.pingMs, beat);
    };
    this.#cancelPing = this.#options.clock.after(limits.pingMs, beat);
  }
}

function signedHeaders(
  url: URL,
  { signingName, region, credentials }: ControlPlaneSocketOptions,
): Record<string, string> {
  const signed = aws4.sign(
    { method: 'GET', path: url.pathname, service: signingName, region, headers: { Host: url.host } },
    { ...credentials() },
  );
  const { Host: _host, ...headers } = signed.headers ?? {};
  return headers as Record<string, string>;
}
