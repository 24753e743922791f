import type { ListenerConfig, LoadBalancerConfig } from '../../balancer-protocol/index.ts';
import type { Figures } from '../access-figures.ts';
import { HttpListener } from './http-listener.ts';
import type { NodeListener } from './node-listener.ts';
import type { PlaneParts } from './plane-parts.ts';

/** The listener for a protocol. */
export function createListener(
  parts: PlaneParts,
  figures: Figures,
  config: { readonly loadBalancer: LoadBalancerConfig; readonly listener: ListenerConfig },
): NodeListener {
  return new HttpListener(parts, figures, config);
}
