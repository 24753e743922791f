import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { messageOf } from '../../kernel/index.ts';
import type { Log } from '../../kernel/index.ts';
import type { Socket, SocketListener } from '../api/index.ts';

export interface ServerSocketOptions {
  readonly log: Log;
  readonly maxBufferedBytes: number;
  /** What the websocket writes to. */
  readonly stream: Duplex;
}

const unsupportedData = 1003;
const internalError = 1011;
/** RFC 6455 leaves 123 bytes for a reason. */
const maximumReasonBytes = 123;
const unansweredPings = 2;

/** A websocket of `ws` behind the port that services see. */
export class ServerSocket implements Socket {
  readonly #webSocket: WebSocket;
  readonly #options: ServerSocketOptions;
  #listener: SocketListener | undefined;
  #unanswered = 0;
  #gathering = false;

  constructor(webSocket: WebSocket, options: ServerSocketOptions) {
    this.#webSocket = webSocket;
    this.#options = options;
    // Nothing is read until somebody listens.
    webSocket.pause();
    webSocket.on('pong', () => {
      this.#unanswered = 0;
    });
    webSocket.on('error', (error) => options.log.debug('websocket failed', { error: error.message }));
    webSocket.on('message', (data, isBinary) => this.#received(data as Buffer, isBinary));
    webSocket.on('close', (code, reason) => this.guard(() => this.#listener?.onClose(code, reason.toString('utf8'))));
  }

  get bufferedBytes(): number {
    return this.#webSocket.bufferedAmount;
  }

  send(text: string): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    if (this.bufferedBytes > this.#options.maxBufferedBytes) {
      this.#options.log.warn('websocket peer does not read; connection ended', { bufferedBytes: this.bufferedBytes });
      this.#webSocket.terminate();
      return;
    }
    this.#gather();
    this.#webSocket.send(text);
  }

  /** Frames sent in one turn leave in one system call: a placement of many tasks sends many. */
  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    const { stream } = this.#options;
    stream.cork();
    process.nextTick(() => {
      this.#gathering = false;
      stream.uncork();
    });
  }

  close(code: number, reason: string): void {
    this.#webSocket.resume();
    this.#webSocket.close(code, truncate(reason));
  }

  listen(listener: SocketListener): void {
    if (this.#listener !== undefined) throw new Error('a websocket has only one listener');
    this.#listener = listener;
    this.#webSocket.resume();
  }

  /** Ends a connection whose peer left two pings unanswered: half-open ones would stay forever. */
  ping(): void {
    if (this.#unanswered >= unansweredPings) {
      this.#webSocket.terminate();
      return;
    }
    this.#unanswered += 1;
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#webSocket.ping();
  }

  terminate(): void {
    this.#webSocket.terminate();
  }

  /** Runs a service's code: what it throws ends this websocket and nothing else. */
  guard(run: () => void): void {
    try {
      run();
    } catch (thrown) {
      const stack = thrown instanceof Error ? thrown.stack : undefined;
      this.#options.log.error('websocket handler failed', { error: messageOf(thrown), stack });
      this.close(internalError, 'internal error');
    }
  }

  #received(data: Buffer, isBinary: boolean): void {
    this.#unanswered = 0;
    if (isBinary) this.close(unsupportedData, 'only text frames are supported');
    else this.guard(() => this.#listener?.onText(data.toString('utf8')));
  }
}

function truncate(reason: string): string {
  let text = reason.slice(0, maximumReasonBytes);
  while (Buffer.byteLength(text) > maximumReasonBytes) text = text.slice(0, -1);
  return text;
}
