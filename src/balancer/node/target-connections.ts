import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TargetConfig, TargetGroupConfig } from '../../balancer-protocol/index.ts';
import { limits } from '../limits.ts';
import { Http2Sessions } from './http2-sessions.ts';

/** Who uses a connection to a target now. */
export interface ConnectionOwner {
  onConnect(): void;
  onData(chunk: Buffer): void;
  onDrain(): void;
  /** The target sends nothing more. */
  onEnd(): void;
  onClose(error: Error | undefined): void;
}

/** One connection to a target; pooled between requests. */
export class TargetConnection {
  readonly socket: Socket;
  owner: ConnectionOwner | undefined;
  connected = false;
  /** Requests sent over it. */
  uses = 0;
  idleSinceMs = 0;
  readonly #pool: TargetConnections;
  #error: Error | undefined;

  constructor(pool: TargetConnections, socket: Socket, connectedEvent: 'connect' | 'secureConnect') {
    this.#pool = pool;
    this.socket = socket;
    socket.on(connectedEvent, () => {
      this.connected = true;
      this.owner?.onConnect();
    });
    socket.on('data', (chunk: Buffer) => {
      if (this.owner === undefined) this.destroy(); // an answer that nobody asked for
      else this.owner.onData(chunk);
    });
    socket.on('drain', () => this.owner?.onDrain());
    socket.on('end', () => {
      if (this.owner === undefined) this.destroy();
      else this.owner.onEnd();
    });
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('close', () => {
      this.#pool.forget(this);
      const { owner } = this;
      this.owner = undefined;
      owner?.onClose(this.#error);
    });
  }

  /** Whether it can carry a request now, as far as is known. */
  get usable(): boolean {
    return !this.socket.destroyed && this.socket.writable && !this.socket.readableEnded;
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** Options of `connect` for a connection from an address. */
export function boundTo(source: string | undefined): { readonly localAddress?: string } {
  return source === undefined ? {} : { localAddress: source };
}

/** A TCP connection or UDP flow of a client to one target. */
export interface Flow {
  /** The time that its target had to drain is over. */
  deadline(): void;
  /** Its target is unhealthy, and its group ends connections then. */
  unhealthy(): void;
  destroy(): void;
}

/** The connections to one target. */
export class TargetConnections {
  readonly #config: TargetConfig;
  readonly #secure: boolean;
  readonly #source: () => string | undefined;
  readonly flows: Set<Flow> = new Set();
  readonly http2: Http2Sessions;
  readonly #idle: TargetConnection[] = [];
  readonly #active = new Set<TargetConnection>();
  #closed = false;

  /** @param source the address to connect from, asked each time */
  constructor(config: TargetConfig, group: TargetGroupConfig, source: () => string | undefined) {
    this.#config = config;
    this.#source = source;
    this.#secure = group.protocol === 'HTTPS' || group.protocol === 'TLS';
    this.http2 = new Http2Sessions(`${this.#secure ? 'https' : 'http'}://${config.address}:${config.port}`, source);
  }

  /** A connection that was idle since `sinceMs` at most, the latest first; undefined when there is none. */
  takeIdle(sinceMs: number): TargetConnection | undefined {
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined) return undefined;
      if (!connection.usable) continue;
      if (connection.idleSinceMs < sinceMs) {
        this.#idle.push(connection);
        return undefined;
      }
      this.#active.add(connection);
      return connection;
    }
  }

  /** A new connection, not yet established; what is written waits. */
  open(): TargetConnection {
    const { address, port } = this.#config;
    const options = { host: address, port, noDelay: true, allowHalfOpen: true, ...boundTo(this.#source()) };
    const socket = this.#secure
      ? // As AWS does, targets' certificates are not verified.
        connectTls({ ...options, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
      : connect(options);
    const connection = new TargetConnection(this, socket, this.#secure ? 'secureConnect' : 'connect');
    this.#active.add(connection);
    return connection;
  }

  /** Gives a connection back whose last answer is complete. */
  release(connection: TargetConnection, nowMs: number): void {
    connection.owner = undefined;
    this.#active.delete(connection);
    if (this.#closed || !connection.usable || this.#idle.length >= limits.idleConnectionsPerTarget) {
      connection.destroy();
      return;
    }
    connection.idleSinceMs = nowMs;
    this.#idle.push(connection);
  }

  forget(connection: TargetConnection): void {
    if (this.#active.delete(connection)) return;
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
  }

  /** Keeps nothing idle from now on: the target drains, or is gone. */
  closeIdle(): void {
    this.#closed = true;
    for (const connection of this.#idle.splice(0)) connection.socket.destroy();
    this.http2.closeIdle();
  }

  /** The target is registered again. */
  reopen(): void {
    this.#closed = false;
  }

  /** The time to drain is over: what is in flight ends. */
  deadline(): void {
    this.closeIdle();
    for (const connection of this.#active) connection.destroy();
    this.http2.closeAll();
    for (const flow of this.flows) flow.deadline();
  }

  endFlows(): void {
    for (const flow of this.flows) flow.unhealthy();
  }

  closeAll(): void {
    this.closeIdle();
    for (const connection of this.#active) connection.destroy();
    this.http2.closeAll();
    for (const flow of this.flows) flow.destroy();
  }
}
