import type { ListenerConfig, LoadBalancerConfig, TargetGroupConfig } from '../../balancer-protocol/index.ts';
import { whyEmbedded } from './fitness.ts';

/** Which data plane carries the listeners of a load balancer. */
export interface Assignment {
  readonly haproxy: readonly ListenerConfig[];
  readonly embedded: readonly ListenerConfig[];
  /** Why a listener is with the embedded data plane, by its ARN. */
  readonly reasons: ReadonlyMap<string, string>;
}

/** `refused`: configurations that HAProxy did not take, by the listener's ARN. */
export function assign(
  loadBalancer: LoadBalancerConfig,
  groups: ReadonlyMap<string, TargetGroupConfig>,
  refused: ReadonlyMap<string, string>,
): Assignment {
  const haproxy: ListenerConfig[] = [];
  const embedded: ListenerConfig[] = [];
  const reasons = new Map<string, string>();
  for (const listener of loadBalancer.listeners) {
    const isRefused = refused.get(listener.arn) === refusalKey(loadBalancer, listener);
    const reason = isRefused ? 'HAProxy refused it' : whyEmbedded(loadBalancer, listener, groups);
    if (reason === undefined) haproxy.push(listener);
    else {
      embedded.push(listener);
      reasons.set(listener.arn, reason);
    }
  }
  return { haproxy, embedded, reasons };
}

/** The same as long as nothing that HAProxy was told of a listener changes. */
export function refusalKey({ attributes, nodes }: LoadBalancerConfig, listener: ListenerConfig): string {
  return JSON.stringify([attributes, nodes, listener]);
}
