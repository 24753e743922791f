import type { ClientRequest, IncomingMessage } from 'node:http';
import aws4 from 'aws4';
import { WebSocket } from 'ws';
import type { Cancel, Clock, Ids, ServerTrust } from '../../kernel/index.ts';
import { networkSigningName, networkSocketPath } from '../../network-protocol/index.ts';
import { limits } from './limits.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface DialOptions {
  /** `http://host:port` or `https://…` of the control plane. */
  readonly endpoint: string;
  /** How an `https` endpoint is verified; absent: as usual. */
  readonly trust?: ServerTrust | undefined;
  readonly region: string;
  readonly credentials: () => Credentials;
  /** The control plane's time, where it is known to differ from this machine's. */
  readonly signedMs?: () => number;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** One open connection. */
export interface Connection {
  send(message: object): void;
  /** Ends it without a word; the next one follows. */
  drop(): void;
}

export interface SocketEvents {
  onOpen(connection: Connection): void;
  onText(text: string, connection: Connection): void;
  onClose(why: string): void;
}

/** Keeps the websocket for policies open, dialling again with growing pauses while the control plane is away. */
export class DialledSocket {
  readonly #options: DialOptions;
  readonly #events: SocketEvents;
  #socket: WebSocket | undefined;
  #failures = 0;
  #closed = false;
  #cancelDial: Cancel = () => undefined;
  #cancelPing: Cancel = () => undefined;

  constructor(options: DialOptions, events: SocketEvents) {
    this.#options = options;
    this.#events = events;
    this.#dial();
  }

  /** The control plane does what is asked of it: the next failure is the first again. */
  works(): void {
    this.#failures = 0;
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
    const url = new URL(networkSocketPath, this.#options.endpoint);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url, {
      headers: this.#signed(url),
      perMessageDeflate: false,
      handshakeTimeout: limits.handshakeTimeoutMs,
      maxPayload: limits.frameBytes,
      ...this.#options.trust,
    });
    this.#socket = socket;
    const connection: Connection = {
      send: (message) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
      },
      drop: () => socket.terminate(),
    };
    let refusal = '';
    socket.on('open', () => {
      this.#watch(socket);
      this.#events.onOpen(connection);
    });
    socket.on('message', (data, isBinary) => {
      if (!isBinary && Buffer.isBuffer(data)) this.#events.onText(data.toString('utf8'), connection);
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
      if (this.#closed) return;
      this.#events.onClose(reason.toString() || refusal || 'the connection ended');
      const delayMs = Math.min(limits.reconnectFirstMs * 2 ** this.#failures, limits.reconnectLongestMs);
      this.#failures = Math.min(this.#failures + 1, 16);
      const { clock, ids } = this.#options;
      this.#cancelDial = clock.after(delayMs * (0.8 + ids.fraction() * 0.4), () => this.#dial());
    });
  }

  /** A control plane that vanished without a word is noticed by its missing pong. */
  #watch(socket: WebSocket): void {
    let answered = true;
    socket.on('pong', () => {
      answered = true;
    });
    const beat = (): void => {
      if (!answered) {
        socket.terminate();
        return;
      }
      answered = false;
      socket.ping();
      this.#cancelPing = this.#options.clock.after(limits.pingMs, beat);
    };
    this.#cancelPing = this.#options.clock.after(limits.pingMs, beat);
  }

  #signed(url: URL): Record<string, string> {
    const { region, credentials, signedMs, clock } = this.#options;
    const date = new Date(signedMs?.() ?? clock.nowMs()).toISOString().replace(/[:-]|\.\d{3}/g, '');
    const request = { method: 'GET', path: url.pathname, service: networkSigningName, region };
    const signed = aws4.sign({ ...request, headers: { Host: url.host, 'X-Amz-Date': date } }, { ...credentials() });
    const { Host: _host, ...headers } = signed.headers ?? {};
    return headers as Record<string, string>;
  }
}
