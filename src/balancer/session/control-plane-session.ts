import type { ClientRequest, IncomingMessage } from 'node:http';
import aws4 from 'aws4';
import { WebSocket } from 'ws';
import {
  balancerSigningName,
  balancerSocketPath,
  type BalancerReport,
  type ConfigMessage,
} from '../../balancer-protocol/index.ts';
import type { Cancel, Clock, Ids, Log, ServerTrust } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import { limits } from '../limits.ts';
import { reportParts } from './report-parts.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface SessionOptions {
  /** `http://host:port` or `https://…` of the control plane. */
  readonly endpoint: string;
  readonly trust?: ServerTrust | undefined;
  readonly region: string;
  readonly credentials: () => Credentials;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /**
   * A message of the present connection; `reply` reaches that connection only, and nobody once it has ended. When it rejects, the connection is made
   * anew: that brings everything again, because what comes after a message that is not at work is no whole.
   */
  onConfig(message: ConfigMessage, reply: (report: BalancerReport) => void): Promise<void>;
}

/** Keeps the websocket to the control plane open, dialling again with growing pauses while it is away. */
export class ControlPlaneSession {
  readonly #options: SessionOptions;
  #socket: WebSocket | undefined;
  #closed = false;
  #failures = 0;
  #cancelDial: Cancel = () => undefined;
  #cancelPing: Cancel = () => undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#dial();
  }

  /** Sends to the control plane; dropped while it is away, because a new connection is told everything. */
  send(report: BalancerReport): void {
    if (this.#socket !== undefined) say(this.#socket, report);
  }

  close(): void {
    this.#closed = true;
    this.#cancelDial();
    this.#cancelPing();
    this.#socket?.close(1000, 'balancer stops');
    this.#socket?.terminate();
  }

  #dial(): void {
    if (this.#closed) return;
    const { endpoint, trust, region, credentials, log } = this.#options;
    const url = new URL(balancerSocketPath, endpoint);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url, {
      headers: signedHeaders(url, region, credentials()),
      perMessageDeflate: false,
      handshakeTimeout: limits.handshakeTimeoutMs,
      maxPayload: limits.sessionFrameBytes,
      ...trust,
    });
    this.#socket = socket;
    let refusal = '';
    socket.on('open', () => {
      log.info('connected to the control plane', { url: url.origin });
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
    let message: ConfigMessage;
    try {
      message = JSON.parse(text) as ConfigMessage;
    } catch (error) {
      this.#options.log.warn('a message of the control plane is not JSON', { error: messageOf(error) });
      return;
    }
    if (message.type !== 'config') return; // of a newer control plane
    this.#options
      .onConfig(message, (report) => say(socket, report))
      .then(
        () => {
          this.#failures = 0;
        },
        (error: unknown) => {
          this.#options.log.error('a configuration could not be applied; all of it is asked for again', {
            error: messageOf(error),
          });
          socket.terminate();
        },
      );
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
}

function say(socket: WebSocket, report: BalancerReport): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  for (const part of reportParts(report)) socket.send(JSON.stringify(part));
}

function signedHeaders(url: URL, region: string, credentials: Credentials): Record<string, string> {
  const signed = aws4.sign(
    {
      method: 'GET',
      path: url.pathname,
      service: balancerSigningName,
      region,
      headers: { Host: url.host },
    },
    { ...credentials },
  );
  const { Host: _host, ...headers } = signed.headers ?? {};
  return headers as Record<string, string>;
}
