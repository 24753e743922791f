import type { ListenerConfig, LoadBalancerConfig } from '../../balancer-protocol/index.ts';
import type { Figures } from '../access-figures.ts';
import { HttpListener } from './http-listener.ts';
import type { ListenPlace } from './listening-sockets.ts';
import type { NodeListener } from './node-listener.ts';
import type { PlaneParts } from './plane-parts.ts';
import { TcpListener } from './tcp-listener.ts';
import { UdpListener } from './udp-listener.ts';

interface Config {
  readonly loadBalancer: LoadBalancerConfig;
  readonly listener: ListenerConfig;
}

/** The listener for a protocol. */
export function createListener(parts: PlaneParts, figures: Figures, config: Config): NodeListener {
  switch (config.listener.protocol) {
    case 'HTTP':
    case 'HTTPS':
      return new HttpListener(parts, figures, config);
    case 'TCP':
    case 'TLS':
      return new TcpListener(parts, figures, config);
    case 'UDP':
      return new UdpListener(parts, figures, config);
    case 'TCP_UDP':
      return new BothListeners(new TcpListener(parts, figures, config), new UdpListener(parts, figures, config));
  }
}

/** TCP and UDP on one port. */
class BothListeners implements NodeListener {
  readonly #both: readonly NodeListener[];

  constructor(tcp: NodeListener, udp: NodeListener) {
    this.#both = [tcp, udp];
  }

  configure(loadBalancer: LoadBalancerConfig, listener: ListenerConfig): void {
    for (const one of this.#both) one.configure(loadBalancer, listener);
  }

  async listenOn(places: readonly ListenPlace[]): Promise<string> {
    const problems = await Promise.all(this.#both.map((one) => one.listenOn(places)));
    return problems.find((problem) => problem !== '') ?? '';
  }

  retire(): void {
    for (const one of this.#both) one.retire();
  }

  get gone(): boolean {
    return this.#both.every((one) => one.gone);
  }

  sweep(nowMs: number): void {
    for (const one of this.#both) one.sweep(nowMs);
  }

  destroy(): void {
    for (const one of this.#both) one.destroy();
  }
}
