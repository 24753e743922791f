import type { ListenerConfig, LoadBalancerConfig } from '../../balancer-protocol/index.ts';
import { WeightedChoice } from '../model/weighted-choice.ts';
import type { NodeTarget, NodeTargetGroup, PlaneParts } from './plane-parts.ts';

/** Where a network load balancer's listener sends a new connection or flow. */
export class L4Routing {
  readonly #parts: PlaneParts;
  #choice = new WeightedChoice([]);
  #crossZone = false;

  constructor(parts: PlaneParts) {
    this.#parts = parts;
  }

  configure(loadBalancer: LoadBalancerConfig, listener: ListenerConfig): void {
    this.#crossZone = loadBalancer.attributes.crossZone;
    const action = listener.rules.at(-1)?.action;
    this.#choice = new WeightedChoice(action?.type === 'forward' ? action.targetGroups : []);
  }

  /** The group of a new client; undefined when the listener forwards to none. */
  group(): NodeTargetGroup | undefined {
    const arn = this.#choice.next();
    return arn === undefined ? undefined : this.#parts.group(arn);
  }

  target(
    group: NodeTargetGroup,
    client: { readonly address: string; readonly zone: string | undefined },
    tried: ReadonlySet<NodeTarget>,
  ): NodeTarget | undefined {
    if (group.config?.stickiness?.type === 'source_ip') return group.forSource(client.address, tried);
    return this.#parts.choose(group, { zone: this.#crossZone ? undefined : client.zone, tried });
  }
}
