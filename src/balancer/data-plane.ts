import type { ConfigMessage, LoadBalancerConfig, TargetConfig, TargetHealthState } from '../balancer-protocol/index.ts';
import type { AccessFigures } from './access-figures.ts';

/** What changed; see `ConfigMessage`. */
export type ConfigChange = Omit<ConfigMessage, 'type' | 'sequence'>;

/** Names a target within everything there is. */
export interface TargetKey {
  readonly targetGroupArn: string;
  readonly id: string;
  readonly port: number;
}

export interface TargetHealthChange extends TargetKey {
  readonly state: TargetHealthState;
}

export interface ListenerState {
  readonly arn: string;
  /** Empty: it is open. */
  readonly problem: string;
}

/** One address that a load balancer listens on. */
export interface ListenAddress {
  readonly address: string;
  /** Of a node: without cross-zone balancing it serves the targets of this zone. */
  readonly zone?: string;
}

export interface DataPlaneEvents {
  /** Each draining target once, when nothing is in flight to it any more or its deadline is over. */
  onDrained(targets: readonly TargetKey[]): void;
  /** Listeners that were opened, or could not be. */
  onListeners(listeners: readonly ListenerState[]): void;
}

/** Where load balancers listen on this machine. */
export interface Placement {
  addressesOf(loadBalancer: LoadBalancerConfig): readonly ListenAddress[];
  /** The address to connect to a target from, so that its security groups know the load balancer by it; undefined: any. */
  sourceOf(targetGroupArn: string, target: TargetConfig): string | undefined;
  /** The port to listen on for a listener's port. */
  portOf(port: number): number;
}

/**
 * What carries the traffic of load balancers to their targets. One contract suite (`contract/`) holds for every implementation.
 * Health comes from outside: a data plane checks nothing by itself, but it does not send on what a target did not take.
 */
export interface DataPlane {
  readonly name: string;
  /**
   * Takes a change. Resolves when every new request and connection follows it. What is in flight is not touched: it ends by itself, or at its
   * target's drain deadline. Listeners that cannot be opened do not reject; they are reported.
   */
  apply(change: ConfigChange): Promise<void>;
  /** Resolves when every new request and connection follows it. */
  setHealth(targets: readonly TargetHealthChange[]): Promise<void>;
  /** Requests (HTTP) or connections (TCP, UDP flows) that a target has; a data plane that must ask another process may be late by some 100 ms. */
  inFlight(target: TargetKey): number;
  readonly figures: AccessFigures;
  /** Ends every listener and connection. */
  close(): Promise<void>;
}
