import type { Clock, Ids, Log, ServerTrust } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { limits } from '../limits.ts';
import type { AwsCredentials } from './credentials.ts';
import type { ServerTime } from './server-time.ts';
import { encodeQuery, signUpgrade } from './signer.ts';

export interface SocketOptions {
  /** `acs` or `tcs`, for the log. */
  readonly name: string;
  /** Asked before each dial. */
  readonly endpoint: () => Promise<string>;
  readonly trust: ServerTrust | undefined;
  readonly query: () => Readonly<Record<string, string>>;
  readonly region: string;
  readonly credentials: () => AwsCredentials;
  readonly backoff: { readonly firstMs: number; readonly longestMs: number; readonly factor: number };
  readonly onOpen: (connection: Connection) => void;
  /** @returns true when the frame counts as a sign of life */
  readonly onText: (text: string, connection: Connection) => boolean;
  readonly onClose?: () => void;
  /** The instance was deregistered. */
  readonly onInactive?: () => void;
  readonly serverTime: ServerTime;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** One open websocket. */
export interface Connection {
  readonly url: URL;
  readonly bufferedBytes: number;
  send(text: string): void;
}

/** Close codes after which the connection is made anew at once. */
const plainCloses = [1000, 1001, 1006, 1011];
const inactive = 'InactiveInstanceException';
/** Another agent has the same identity, and has it first. */
const inUse = 'InstanceInUseException';

/**
 * Keeps one websocket to the control plane open: dials, signs, watches for silence, renews after half an hour, backs off.
 * A control plane that accepts and drops at once is dialled with backoff all the same once a connection did not live for a second.
 */
export class AgentSocket {
  readonly #options: SocketOptions;
  #closed = false;
  #socket: WebSocket | undefined;
  #cancelTimers: (() => void)[] = [];
  #failures = 0;
  #silence: (() => void) | undefined;

  constructor(options: SocketOptions) {
    this.#options = options;
    void this.#dial();
  }

  close(): void {
    this.#closed = true;
    this.#clearTimers();
    this.#socket?.close(1000, 'agent stops');
    this.#socket?.terminate();
  }

  async #dial(): Promise<void> {
    const { clock, log, name } = this.#options;
    if (this.#closed) return;
    let url: URL;
    try {
      url = socketUrl(await this.#options.endpoint(), this.#options.query());
    } catch (error) {
      log.warn(`${name}: no endpoint to connect to, will try again`, { error: messageOf(error) });
      this.#redial(false);
      return;
    }
    if (this.#closed) return;
    const { region, credentials, trust, serverTime } = this.#options;
    const { Host: _host, ...headers } = signUpgrade(new URL(url), {
      service: 'ecs',
      region,
      credentials: credentials(),
      nowMs: serverTime.nowMs(),
    });
    const socket = new WebSocket(url, {
      headers: headers as Record<string, string>,
      perMessageDeflate: false,
      handshakeTimeout: limits.handshakeTimeoutMs,
      maxPayload: limits.frameBytes,
      ...trust,
    });
    this.#socket = socket;
    let openedMs: number | undefined;
    let refusal = '';
    const connection = connectionOf(socket, url);
    socket.on('open', () => {
      openedMs = clock.nowMs();
      log.info(`${name}: connected`, { url: url.origin + url.pathname });
      this.#watch(socket);
      this.#options.onOpen(connection);
    });
    socket.on('message', (data, isBinary) => {
      if (isBinary) return;
      if (!this.#options.onText(rawText(data), connection)) return;
      // A message is proof that the control plane works: the next failure starts with a fresh backoff.
      this.#failures = 0;
      this.#heard(socket);
    });
    socket.on('unexpected-response', (request: ClientRequest, response: IncomingMessage) => {
      serverTime.learn(response.headers.date);
      readRefusal(response, (text) => {
        refusal = `${response.statusCode} ${text}`;
        request.destroy();
        socket.terminate();
      });
    });
    socket.on('error', (error) => {
      refusal ||= error.message;
    });
    socket.on('close', (code, reasonBytes) => {
      this.#clearTimers();
      if (this.#socket === socket) this.#socket = undefined;
      if (openedMs !== undefined) this.#options.onClose?.();
      if (this.#closed) return;
      const reason = reasonBytes.toString();
      log.info(`${name}: connection ended`, { code, reason: reason || refusal });
      if (`${reason} ${refusal}`.includes(inactive) && !plainCloses.includes(openedMs === undefined ? 0 : code)) {
        log.error(`${name}: this container instance was deregistered; restart the agent to register again`);
        this.#options.onInactive?.();
        this.#after(name === 'acs' ? limits.inactiveInstanceRetryMs : this.#options.backoff.longestMs);
        return;
      }
      if (refusal.includes(inUse)) {
        log.error(`${name}: another agent is connected with the identity of this one, which stays away while it is`, {
          reason: refusal,
        });
        this.#after(this.#options.backoff.longestMs);
        return;
      }
      const lived = openedMs !== undefined && clock.nowMs() - openedMs >= 1_000;
      this.#redial(lived && plainCloses.includes(code));
    });
  }

  /** `clean`: at once and with a fresh backoff. */
  #redial(clean: boolean): void {
    const { firstMs, longestMs, factor } = this.#options.backoff;
    if (clean) {
      this.#failures = 0;
      this.#after(0);
      return;
    }
    const delayMs = Math.min(firstMs * factor ** this.#failures, longestMs);
    this.#failures = Math.min(this.#failures + 1, 32);
    this.#after(delayMs * (1 + (this.#options.ids.fraction() - 0.5) * 0.4));
  }

  #after(delayMs: number): void {
    this.#cancelTimers.push(this.#options.clock.after(delayMs, () => void this.#dial()));
  }

  #watch(socket: WebSocket): void {
    const { clock, ids } = this.#options;
    const lifeMs = limits.connectionLifeMs + ids.fraction() * limits.connectionLifeJitterMs;
    this.#cancelTimers.push(
      clock.after(lifeMs, () => {
        socket.close(1000, 'ConnectionExpired: Reconnect to continue');
      }),
    );
    this.#heard(socket);
  }

  #heard(socket: WebSocket): void {
    const { clock, ids, log, name } = this.#options;
    this.#silence?.();
    const silenceMs = limits.heartbeatTimeoutMs + ids.fraction() * limits.heartbeatJitterMs;
    this.#silence = clock.after(silenceMs, () => {
      log.warn(`${name}: nothing heard from the control plane for ${Math.round(silenceMs / 1000)} s, connecting anew`);
      socket.close(4000, 'no heartbeat');
      socket.terminate();
    });
  }

  #clearTimers(): void {
    this.#silence?.();
    this.#silence = undefined;
    for (const cancel of this.#cancelTimers.splice(0)) cancel();
  }
}

/** `http` endpoints give `ws`, `https` ones `wss`; a path stays and `ws` is appended. */
export function socketUrl(endpoint: string, query: Readonly<Record<string, string>>): URL {
  const url = new URL(endpoint);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new Error(`endpoint '${endpoint}' is neither http nor https`);
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
  url.pathname = `${url.pathname.replace(/\/$/, '')}/ws`;
  url.search = encodeQuery(query);
  return url;
}

function connectionOf(socket: WebSocket, url: URL): Connection {
  return {
    url,
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
  };
}

function rawText(data: unknown): string {
  if (Array.isArray(data)) return Buffer.concat(data as Buffer[]).toString('utf8');
  return data instanceof ArrayBuffer ? Buffer.from(data).toString('utf8') : String(data);
}

const refusalBytes = 4096;

function readRefusal(response: IncomingMessage, done: (text: string) => void): void {
  let text = '';
  response.on('data', (chunk: Buffer) => {
    if (text.length < refusalBytes) text += chunk.toString('utf8').slice(0, refusalBytes - text.length);
  });
  response.on('close', () => done(text));
}
