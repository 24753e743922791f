import type { LoadBalancerRecord } from '../records/load-balancer.ts';

/** What DescribeLoadBalancers says of a load balancer's state. */
export interface LoadBalancerState {
  readonly Code: 'provisioning' | 'active' | 'active_impaired' | 'failed';
  readonly Reason?: string;
}

/** Who knows whether load balancers work: the gateway of the data planes. */
export interface LoadBalancerStates {
  of(row: LoadBalancerRecord): LoadBalancerState;
}

/** What the data planes have told of a load balancer. */
export interface DataPlaneView {
  /** A data plane is connected, or was until a moment ago. */
  readonly isServed: boolean;
  /** Listeners that could not be opened: `HTTP:80` and why. */
  readonly problems: readonly { readonly listener: string; readonly problem: string }[];
}

/** A load balancer is `provisioning` until a data plane first followed its configuration, and never again. */
export function decideState(
  { activeAtMs, listeners }: Pick<LoadBalancerRecord, 'activeAtMs' | 'listeners'>,
  { isServed, problems }: DataPlaneView,
): LoadBalancerState {
  const reason = problems.map(({ listener, problem }) => `${listener}: ${problem}`).join('; ');
  if (problems.length > 0 && problems.length >= listeners.length) return { Code: 'failed', Reason: reason };
  if (activeAtMs === undefined) {
    return isServed
      ? { Code: 'provisioning' }
      : { Code: 'provisioning', Reason: 'No load-balancer data plane is connected' };
  }
  if (problems.length > 0) return { Code: 'active_impaired', Reason: reason };
  if (!isServed) return { Code: 'active_impaired', Reason: 'No load-balancer data plane is connected' };
  return { Code: 'active' };
}
