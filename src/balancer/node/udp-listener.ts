import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { ListenerConfig, LoadBalancerConfig } from '../../balancer-protocol/index.ts';
import type { Figures } from '../access-figures.ts';
import { limits } from '../limits.ts';
import { L4Routing } from './l4-routing.ts';
import { listenProblem, type ListenPlace } from './listening-sockets.ts';
import type { NodeListener } from './node-listener.ts';
import type { NodeTarget, PlaneParts } from './plane-parts.ts';
import { proxyProtocolHeader } from './proxy-protocol.ts';
import type { Flow } from './target-connections.ts';

interface Bound {
  readonly socket: Socket;
  readonly place: ListenPlace;
}

/** A UDP listener: the datagrams of one client address and port form a flow, which stays with its target. */
export class UdpListener implements NodeListener {
  readonly #parts: PlaneParts;
  readonly #figures: Figures;
  readonly #routing: L4Routing;
  readonly #sockets = new Map<string, Bound>();
  /** Oldest first. */
  readonly #flows = new Map<string, UdpFlow>();

  constructor(
    parts: PlaneParts,
    figures: Figures,
    config: { readonly loadBalancer: LoadBalancerConfig; readonly listener: ListenerConfig },
  ) {
    this.#parts = parts;
    this.#figures = figures;
    this.#routing = new L4Routing(parts);
    this.configure(config.loadBalancer, config.listener);
  }

  configure(loadBalancer: LoadBalancerConfig, listener: ListenerConfig): void {
    this.#routing.configure(loadBalancer, listener);
  }

  async listenOn(places: readonly ListenPlace[]): Promise<string> {
    const wanted = new Map(places.map((place) => [`${place.address}:${place.port}`, place]));
    let problem = '';
    for (const [key, place] of wanted) {
      if (this.#sockets.has(key)) continue;
      const failure = await this.#bind(key, place);
      if (problem === '') problem = failure;
    }
    for (const [key, { socket }] of this.#sockets) {
      if (wanted.has(key)) continue;
      // First: a flow answers from the socket that its client knows.
      for (const flow of this.#flows.values()) if (flow.from === socket) flow.destroy();
      socket.close();
      this.#sockets.delete(key);
    }
    return problem;
  }

  #bind(key: string, place: ListenPlace): Promise<string> {
    return new Promise((resolve) => {
      const socket = createSocket('udp4');
      const failed = (error: NodeJS.ErrnoException): void => {
        socket.close();
        resolve(listenProblem(error, place));
      };
      socket.once('error', failed);
      socket.bind(place.port, place.address, () => {
        socket.off('error', failed);
        const bound = { socket, place };
        socket.on('error', () => undefined); // of a datagram that could not be sent
        socket.on('message', (message, from) => this.#take(bound, message, from));
        this.#sockets.set(key, bound);
        resolve('');
      });
    });
  }

  #take(bound: Bound, message: Buffer, from: RemoteInfo): void {
    const key = `${from.address}:${from.port}>${bound.place.address}:${bound.place.port}`;
    const known = this.#flows.get(key);
    if (known !== undefined) return known.send(message);
    const group = this.#routing.group();
    const client = { address: from.address, zone: bound.place.zone };
    const target = group === undefined ? undefined : this.#routing.target(group, client, new Set());
    if (group === undefined || target === undefined) return;
    if (this.#flows.size >= limits.udpFlows) this.#flows.values().next().value?.destroy();
    this.#figures.requests += 1;
    const { address, port } = bound.place;
    const header =
      group.config?.proxyProtocolV2 === true ? proxyProtocolHeader('udp', from, { address, port }) : undefined;
    const flow = new UdpFlow(this.#parts, target, {
      socket: bound.socket,
      answer: (answer) => bound.socket.send(answer, from.port, from.address, () => undefined),
      ended: () => this.#flows.delete(key),
    });
    this.#flows.set(key, flow);
    flow.send(header === undefined ? message : Buffer.concat([header, message]));
  }

  retire(): void {
    for (const flow of this.#flows.values()) flow.destroy();
    for (const { socket } of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  get gone(): boolean {
    return this.#flows.size === 0;
  }

  sweep(nowMs: number): void {
    for (const flow of this.#flows.values()) flow.sweep(nowMs);
  }

  destroy(): void {
    this.retire();
  }
}

class UdpFlow implements Flow {
  readonly #parts: PlaneParts;
  readonly #target: NodeTarget;
  /** The client's datagrams come to it. */
  readonly from: Socket;
  readonly #socket: Socket;
  readonly #ended: () => void;
  #lastActiveMs: number;
  #over = false;

  constructor(
    parts: PlaneParts,
    target: NodeTarget,
    client: { readonly socket: Socket; answer(message: Buffer): void; ended(): void },
  ) {
    this.#parts = parts;
    this.from = client.socket;
    this.#target = target;
    this.#ended = client.ended;
    this.#lastActiveMs = parts.nowMs();
    target.inFlight += 1;
    target.carried.flows.add(this);
    this.#socket = createSocket('udp4');
    this.#socket.on('message', (message, from) => {
      if (from.address !== target.config.address || from.port !== target.config.port) return;
      this.#lastActiveMs = parts.nowMs();
      client.answer(message);
    });
    this.#socket.on('error', () => this.destroy());
    const source = parts.sourceOf(target);
    if (source !== undefined) this.#socket.bind(0, source);
  }

  send(message: Buffer): void {
    this.#lastActiveMs = this.#parts.nowMs();
    const { address, port } = this.#target.config;
    this.#socket.send(message, port, address, () => undefined);
  }

  sweep(nowMs: number): void {
    if (nowMs - this.#lastActiveMs > limits.udpFlowIdleMs) this.destroy();
  }

  /** AWS ends no flows of UDP for that. */
  unhealthy(): void {}

  /** The next datagram of the client begins a flow to another target. */
  deadline(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.#over) return;
    this.#over = true;
    this.#socket.close();
    this.#target.carried.flows.delete(this);
    this.#ended();
    this.#parts.released(this.#target);
  }
}
