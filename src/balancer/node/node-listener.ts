import type { ListenerConfig, LoadBalancerConfig } from '../../balancer-protocol/index.ts';
import type { ListenPlace } from './listening-sockets.ts';

/** One listener of the embedded data plane. */
export interface NodeListener {
  /** Takes its configuration: connections that are open follow it from their next request on. */
  configure(loadBalancer: LoadBalancerConfig, listener: ListenerConfig): void;
  /** @returns what is wrong, empty when it listens */
  listenOn(places: readonly ListenPlace[]): Promise<string>;
  /** Takes nothing new; idle connections end now, others with their present answer. */
  retire(): void;
  /** Every connection of a retired listener has ended. */
  readonly gone: boolean;
  sweep(nowMs: number): void;
  destroy(): void;
}
