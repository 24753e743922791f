import type { ClientRequest, IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { messageOf, type Cancel, type Clock, type Ids, type Log, type ServerTrust } from '../kernel/index.ts';
import type { AwsCredentials } from './credentials.ts';
import { ServerTime } from './server-time.ts';
import { signUpgrade } from './signatures.ts';

/** Every bound of a socket; times in milliseconds. */
export interface SocketLimits {
  /** A larger message ends the connection. */
  readonly frameBytes: number;
  /** So much that the other end did not read yet ends the connection. */
  readonly unreadBytes: number;
  readonly handshakeTimeoutMs: number;
  /** Pauses between dials: the first, each after it so many times as long, the longest; a fifth is left to chance either way. */
  readonly reconnect: { readonly firstMs: number; readonly factor: number; readonly longestMs: number };
  /** How a control plane that vanished without a word is noticed: by the pong that is missing, or because it says nothing (`works`) for so long. */
  readonly liveness: { readonly pingMs: number } | { readonly silenceMs: number; readonly jitterMs: number };
  /** After so long a connection is made anew; absent: it may last for ever. */
  readonly life?: { readonly lastsMs: number; readonly jitterMs: number };
}

export interface DialOptions {
  /** Where to, `ws:` or `wss:`; asked before each dial. The query must be encoded as `encodeQuery` does. */
  readonly url: () => URL | Promise<URL>;
  /** How a `wss` server is verified; absent: as usual. */
  readonly trust?: ServerTrust | undefined;
  /** The service that the upgrade is signed for. */
  readonly service: string;
  readonly region: string;
  /** Asked before each dial. */
  readonly credentials: () => AwsCredentials;
  /** Shared with whoever else signs; absent: the socket's own. */
  readonly serverTime?: ServerTime | undefined;
  readonly limits: SocketLimits;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** One open connection. */
export interface Connection {
  readonly url: URL;
  /** What the other end did not read yet. */
  readonly bufferedBytes: number;
  /** Dropped once the connection has ended. */
  send(text: string): void;
  /** The control plane does what is asked of it: the next failure is the first again, and its silence counts from now. */
  works(): void;
  /** Ends it without a word; the next one follows. */
  drop(): void;
}

/** How a connection, or a dial that made none, came to its end. */
export interface Ended {
  /** What the control plane or the network said of it; may be empty. */
  readonly why: string;
  /** The code of its close frame, 1006 without one; undefined: nothing could be dialled. */
  readonly code: number | undefined;
  /** How long it was open; undefined: never. */
  readonly openMs: number | undefined;
  /** Dials and connections before it that ended since one worked. */
  readonly failures: number;
}

export interface SocketEvents {
  onOpen(connection: Connection): void;
  onText(text: string, connection: Connection): void;
  /** Not called for an end by `close`. @returns milliseconds until the next dial; undefined: as the limits have it, longer with each failure */
  onEnd(ended: Ended): number | undefined;
}

const refusalBytes = 4096;
const countedFailures = 16;

/** Keeps one websocket to the control plane open: dials, signs, notices silence, and dials again with growing pauses. */
export class DialledSocket {
  readonly #options: DialOptions;
  readonly #events: SocketEvents;
  readonly #timers = new Map<'dial' | 'liveness' | 'life', Cancel>();
  readonly #serverTime: ServerTime;
  #socket: WebSocket | undefined;
  #failures = 0;
  #closed = false;

  constructor(options: DialOptions, events: SocketEvents) {
    this.#options = options;
    this.#events = events;
    this.#serverTime = options.serverTime ?? new ServerTime(options.clock, options.log);
    void this.#dial();
  }

  /** @param reason what the control plane is told */
  close(reason: string): void {
    this.#closed = true;
    this.#clearTimers();
    this.#socket?.close(1000, reason);
    this.#socket?.terminate();
  }

  async #dial(): Promise<void> {
    const { url, service, region, credentials } = this.#options;
    try {
      const target = await url();
      if (this.#closed) return;
      const nowMs = this.#serverTime.nowMs();
      const { Host: _host, ...headers } = signUpgrade(target, { service, region, credentials: credentials(), nowMs });
      this.#open(target, headers as Record<string, string>);
    } catch (error) {
      this.#ended({ why: messageOf(error), code: undefined, openMs: undefined });
    }
  }

  #open(url: URL, headers: Record<string, string>): void {
    const { clock, limits, trust } = this.#options;
    const socket = new WebSocket(url, {
      headers,
      perMessageDeflate: false,
      handshakeTimeout: limits.handshakeTimeoutMs,
      maxPayload: limits.frameBytes,
      ...trust,
    });
    this.#socket = socket;
    const connection = this.#connection(socket, url);
    let openedMs: number | undefined;
    let refusal = '';
    socket.on('open', () => {
      openedMs = clock.nowMs();
      this.#watch(socket);
      this.#events.onOpen(connection);
    });
    socket.on('message', (data, isBinary) => {
      if (!isBinary && Buffer.isBuffer(data)) this.#events.onText(data.toString('utf8'), connection);
    });
    socket.on('unexpected-response', (request: ClientRequest, response: IncomingMessage) => {
      this.#serverTime.learn(response.headers.date);
      readRefusal(response, (text) => {
        refusal = `it answered ${response.statusCode}${text === '' ? '' : `: ${text}`}`;
        request.destroy();
        socket.terminate();
      });
    });
    socket.on('error', (error) => {
      refusal ||= error.message;
    });
    socket.on('close', (code, reason) => {
      if (this.#socket === socket) this.#socket = undefined;
      const openMs = openedMs === undefined ? undefined : clock.nowMs() - openedMs;
      this.#ended({ why: reason.toString() || refusal, code, openMs });
    });
  }

  #connection(socket: WebSocket, url: URL): Connection {
    const { limits, log } = this.#options;
    return {
      url,
      get bufferedBytes() {
        return socket.bufferedAmount;
      },
      send: (text) => {
        if (socket.readyState !== WebSocket.OPEN) return;
        socket.send(text);
        if (socket.bufferedAmount <= limits.unreadBytes) return;
        log.warn('the control plane does not read what it is told, connecting anew', { bytes: socket.bufferedAmount });
        socket.terminate();
      },
      works: () => {
        this.#failures = 0;
        if ('silenceMs' in limits.liveness && socket === this.#socket) this.#expectWord(socket, limits.liveness);
      },
      drop: () => socket.terminate(),
    };
  }

  #ended(ended: Omit<Ended, 'failures'>): void {
    this.#clearTimers();
    if (this.#closed) return;
    const afterMs = this.#events.onEnd({ ...ended, failures: this.#failures });
    this.#after('dial', afterMs ?? this.#pauseMs(), () => void this.#dial());
  }

  #pauseMs(): number {
    const { firstMs, factor, longestMs } = this.#options.limits.reconnect;
    const delayMs = Math.min(firstMs * factor ** this.#failures, longestMs);
    this.#failures = Math.min(this.#failures + 1, countedFailures);
    return delayMs * (0.8 + this.#options.ids.fraction() * 0.4);
  }

  #watch(socket: WebSocket): void {
    const { ids, limits } = this.#options;
    const { life, liveness } = limits;
    if (life !== undefined)
      this.#after('life', life.lastsMs + ids.fraction() * life.jitterMs, () => {
        socket.close(1000, 'ConnectionExpired: Reconnect to continue');
      });
    if ('pingMs' in liveness) this.#ping(socket, liveness.pingMs);
    else this.#expectWord(socket, liveness);
  }

  #ping(socket: WebSocket, pingMs: number): void {
    let answered = true;
    socket.on('pong', () => {
      answered = true;
    });
    const beat = (): void => {
      if (!answered) return this.#silent(socket, pingMs);
      answered = false;
      socket.ping();
      this.#after('liveness', pingMs, beat);
    };
    this.#after('liveness', pingMs, beat);
  }

  #expectWord(
    socket: WebSocket,
    { silenceMs, jitterMs }: { readonly silenceMs: number; readonly jitterMs: number },
  ): void {
    const waitMs = silenceMs + this.#options.ids.fraction() * jitterMs;
    this.#after('liveness', waitMs, () => this.#silent(socket, waitMs));
  }

  #silent(socket: WebSocket, silentMs: number): void {
    const seconds = Math.round(silentMs / 1000);
    this.#options.log.warn(`nothing heard from the control plane for ${seconds} s, connecting anew`);
    socket.close(4000, 'no heartbeat');
    socket.terminate();
  }

  #after(name: 'dial' | 'liveness' | 'life', delayMs: number, act: () => void): void {
    this.#timers.get(name)?.();
    this.#timers.set(name, this.#options.clock.after(delayMs, act));
  }

  #clearTimers(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }
}

function readRefusal(response: IncomingMessage, done: (text: string) => void): void {
  let text = '';
  response.on('data', (chunk: Buffer) => {
    if (text.length < refusalBytes) text += chunk.toString('utf8').slice(0, refusalBytes - text.length);
  });
  response.on('close', () => done(text));
}
