import { connect, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { limits } from '../limits.ts';
import { plainAddress } from '../model/cidr.ts';
import type { L4Routing } from './l4-routing.ts';
import type { NodeTarget, NodeTargetGroup, PlaneParts } from './plane-parts.ts';
import { proxyProtocolHeader } from './proxy-protocol.ts';
import { boundTo, type Flow } from './target-connections.ts';

export interface TcpFlowContext {
  readonly parts: PlaneParts;
  readonly routing: L4Routing;
  readonly idleTimeoutMs: number;
  closed(flow: TcpFlow): void;
}

/** One client's TCP connection, spliced to one target. */
export class TcpFlow implements Flow {
  readonly #context: TcpFlowContext;
  readonly #client: Socket;
  readonly #address: string;
  readonly #group: NodeTargetGroup;
  readonly #zone: string | undefined;
  readonly #tried = new Set<NodeTarget>();
  #target: NodeTarget | undefined;
  #server: Socket | undefined;
  #connectingSinceMs = 0;
  #connected = false;
  #lastActiveMs: number;
  #over = false;

  /** The client's socket must be paused: nothing of it is read before a target takes the connection. */
  constructor(
    client: Socket,
    context: TcpFlowContext,
    place: { readonly group: NodeTargetGroup; readonly zone: string | undefined },
  ) {
    this.#client = client;
    this.#context = context;
    this.#group = place.group;
    this.#zone = place.zone;
    this.#address = plainAddress(client.remoteAddress ?? '');
    this.#lastActiveMs = context.parts.nowMs();
    client.on('error', () => undefined); // its close says all
    client.on('close', () => this.#end());
    this.#connect();
  }

  #connect(): void {
    const { parts, routing } = this.#context;
    const target = routing.target(this.#group, { address: this.#address, zone: this.#zone }, this.#tried);
    if (target === undefined || this.#tried.size >= limits.attempts) {
      reset(this.#client);
      this.#end();
      return;
    }
    this.#tried.add(target);
    this.#target = target;
    target.inFlight += 1;
    target.carried.flows.add(this);
    this.#connectingSinceMs = parts.nowMs();
    const { address, port } = target.config;
    const from = boundTo(parts.sourceOf(target));
    const raw = connect({ host: address, port, noDelay: true, allowHalfOpen: true, ...from });
    this.#server = raw;
    let error: Error | undefined;
    raw.on('error', (failure) => {
      error = failure;
    });
    raw.on('close', () => {
      if (this.#connected) return this.#serverClosed(error);
      this.#refused(error);
    });
    raw.once('connect', () => this.#onConnect(raw));
  }

  #refused(error: Error | undefined): void {
    const target = this.#target;
    if (target === undefined || this.#over) return;
    this.#context.parts.targetRefused(target, error);
    this.#release();
    this.#connect();
  }

  #onConnect(raw: Socket): void {
    if (this.#over) return;
    this.#connected = true;
    const { config } = this.#group;
    if (config?.proxyProtocolV2 === true) raw.write(this.#proxyHeader());
    let server = raw;
    if (config?.protocol === 'TLS') {
      // As AWS does, targets' certificates are not verified.
      server = connectTls({ socket: raw, rejectUnauthorized: false });
      server.on('error', () => this.destroy());
      this.#server = server;
    }
    const client = this.#client;
    splice(client, server, () => this.#touch());
    splice(server, client, () => this.#touch());
    client.resume();
  }

  #proxyHeader(): Buffer {
    const { remotePort, localAddress, localPort } = this.#client;
    return proxyProtocolHeader(
      'tcp',
      { address: this.#address, port: remotePort ?? 0 },
      { address: localAddress ?? '', port: localPort ?? 0 },
    );
  }

  #touch(): void {
    this.#lastActiveMs = this.#context.parts.nowMs();
  }

  #serverClosed(error: Error | undefined): void {
    if (this.#over) return;
    if (error !== undefined) reset(this.#client);
    // What the target sent last may still be on its way to the client.
    else this.#client.destroySoon();
  }

  sweep(nowMs: number): void {
    if (!this.#connected && nowMs - this.#connectingSinceMs > limits.connectTimeoutMs) this.#server?.destroy();
    if (nowMs - this.#lastActiveMs > this.#context.idleTimeoutMs) this.destroy();
  }

  unhealthy(): void {
    reset(this.#client);
    this.#end();
  }

  deadline(): void {
    if (this.#group.config?.closeOnDeregistration === true) this.destroy();
  }

  destroy(): void {
    this.#client.destroy();
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    const server = this.#server;
    if (this.#connected) server?.destroySoon();
    else server?.destroy();
    this.#release();
    this.#context.closed(this);
  }

  #release(): void {
    const target = this.#target;
    if (target === undefined) return;
    this.#target = undefined;
    target.carried.flows.delete(this);
    this.#context.parts.released(target);
  }
}

/** Ends a connection without a word. Node cannot reset one of TLS. */
export function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

/** Moves bytes from one socket to another, no faster than they are taken. */
function splice(from: Socket, to: Socket, touch: () => void): void {
  from.on('data', (chunk: Buffer) => {
    touch();
    if (!to.write(chunk)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.on('end', () => to.end());
}
