import type { LoadBalancerConfig, TargetGroupConfig, TargetHealthState } from './config.ts';

/** Path of the websocket that a data plane opens to the control plane, signed as the service below. */
export const balancerSocketPath = '/elbv2/balancer';
export const balancerSigningName = 'elasticloadbalancing';

/** Control plane to data plane. Each thing named replaces what the data plane knew of it; things not named stay. */
export interface ConfigMessage {
  readonly type: 'config';
  /** Everything there is is in this message: what it does not name is gone. Sent first on every connection. */
  readonly complete: boolean;
  /** Grows with every message of a connection; the data plane says it back in `applied`. */
  readonly sequence: number;
  readonly loadBalancers: readonly LoadBalancerConfig[];
  readonly removedLoadBalancers: readonly string[];
  readonly targetGroups: readonly TargetGroupConfig[];
  readonly removedTargetGroups: readonly string[];
}

/** Data plane to control plane. */
export type BalancerReport = AppliedReport | TargetHealthReport | TargetsDrainedReport | ListenersReport;

/** From now on every new request and connection follows the configuration of this sequence. */
export interface AppliedReport {
  readonly type: 'applied';
  readonly sequence: number;
}

/**
 * Only changes, and all present ones after a connection was made. A target that is registered again while it drains, or after it was gone, is a new
 * one: its health is told anew, even if it is what it was.
 */
export interface TargetHealthReport {
  readonly type: 'health';
  readonly targets: readonly TargetHealth[];
}

export interface TargetHealth {
  readonly targetGroupArn: string;
  readonly id: string;
  readonly port: number;
  readonly state: TargetHealthState;
  /** AWS's code, such as `Target.ResponseCodeMismatch`; absent when healthy. */
  readonly reason?: string;
  /** AWS's sentence, such as `Health checks failed with these codes: [500]`. */
  readonly description?: string;
}

/** Targets that are draining and have nothing in flight any more (or whose deadline is over). */
export interface TargetsDrainedReport {
  readonly type: 'drained';
  readonly targets: readonly { readonly targetGroupArn: string; readonly id: string; readonly port: number }[];
}

/** Listeners that could not be opened, and why, such as a port in use; an empty problem means it is open. */
export interface ListenersReport {
  readonly type: 'listeners';
  readonly listeners: readonly { readonly arn: string; readonly problem: string }[];
}
