import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { ListenerConfig, LoadBalancerConfig } from '../../balancer-protocol/index.ts';
import type { Figures } from '../access-figures.ts';
import { limits } from '../limits.ts';
import { L4Routing } from './l4-routing.ts';
import { ListeningSockets, type ListenPlace } from './listening-sockets.ts';
import type { NodeListener } from './node-listener.ts';
import type { PlaneParts } from './plane-parts.ts';
import { reset, TcpFlow, type TcpFlowContext } from './tcp-flow.ts';
import { TlsContexts } from './tls-contexts.ts';

/** A TCP or TLS listener of a network load balancer. */
export class TcpListener implements NodeListener, TcpFlowContext {
  readonly parts: PlaneParts;
  readonly routing: L4Routing;
  idleTimeoutMs: number = limits.tcpIdleTimeoutMs;
  readonly #figures: Figures;
  #listener: ListenerConfig;
  readonly #flows = new Set<TcpFlow>();
  readonly #sockets: ListeningSockets;
  readonly #tls = new TlsContexts();
  #problem = '';

  constructor(
    parts: PlaneParts,
    figures: Figures,
    config: { readonly loadBalancer: LoadBalancerConfig; readonly listener: ListenerConfig },
  ) {
    this.parts = parts;
    this.#figures = figures;
    this.routing = new L4Routing(parts);
    this.#listener = config.listener;
    this.#sockets = new ListeningSockets((place) => this.#createServer(place));
    this.configure(config.loadBalancer, config.listener);
  }

  configure(loadBalancer: LoadBalancerConfig, listener: ListenerConfig): void {
    this.#listener = listener;
    this.routing.configure(loadBalancer, listener);
    this.idleTimeoutMs = listener.tcpIdleTimeoutMs ?? limits.tcpIdleTimeoutMs;
    this.#problem = listener.protocol === 'TLS' ? this.#tls.apply(listener, this.#sockets.servers) : '';
  }

  async listenOn(places: readonly ListenPlace[]): Promise<string> {
    return this.#problem === '' ? this.#sockets.update(places) : this.#problem;
  }

  #createServer({ zone }: ListenPlace): Server {
    const options = { noDelay: true, allowHalfOpen: true, pauseOnConnect: true };
    if (this.#listener.protocol !== 'TLS') return createServer(options, (socket) => this.#accept(socket, zone));
    const server = createTlsServer({
      ...options,
      pauseOnConnect: false,
      ...this.#tls.serverOptions(),
      ...(this.#listener.alpnPolicy.length > 0 ? { ALPNProtocols: [...this.#listener.alpnPolicy] } : {}),
    });
    server.on('secureConnection', (socket) => {
      socket.pause();
      this.#accept(socket, zone);
    });
    server.on('tlsClientError', () => undefined); // the client's affair; its socket is destroyed
    return server;
  }

  #accept(socket: Socket, zone: string | undefined): void {
    const group = this.routing.group();
    if (group === undefined || this.#flows.size >= limits.clientConnections) {
      reset(socket);
      return;
    }
    this.#figures.requests += 1;
    const flow = new TcpFlow(socket, this, { group, zone });
    if (!socket.destroyed) this.#flows.add(flow);
  }

  closed(flow: TcpFlow): void {
    this.#flows.delete(flow);
  }

  /** Connections that are open go on until they end or fall silent. */
  retire(): void {
    this.#sockets.close();
  }

  get gone(): boolean {
    return this.#flows.size === 0;
  }

  sweep(nowMs: number): void {
    for (const flow of this.#flows) flow.sweep(nowMs);
  }

  destroy(): void {
    this.#sockets.close();
    for (const flow of this.#flows) flow.destroy();
  }
}
