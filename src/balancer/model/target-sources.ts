import type { LoadBalancerConfig, TargetConfig } from '../../balancer-protocol/index.ts';

/** From which addresses load balancers connect to targets. */
export class TargetSources {
  readonly #isHere: (address: string) => boolean;
  #byGroup: ReadonlyMap<string, LoadBalancerConfig> = new Map();

  /** @param isHere whether the machine has an address */
  constructor(isHere: (address: string) => boolean) {
    this.#isHere = isHere;
  }

  take(loadBalancers: Iterable<LoadBalancerConfig>): void {
    const byGroup = new Map<string, LoadBalancerConfig>();
    for (const one of loadBalancers) for (const arn of groupsOf(one)) byGroup.set(arn, one);
    this.#byGroup = byGroup;
  }

  /**
   * The address of the load balancer's node in the target's zone, else of any node. None for an instance and for an address outside of the VPC: a
   * machine calls those from addresses that they can answer to.
   */
  of(targetGroupArn: string, { id, address, zone }: TargetConfig): string | undefined {
    if (id !== address || zone === undefined) return undefined;
    const nodes =
      this.#byGroup.get(targetGroupArn)?.nodes.filter((node) => this.#isHere(node.privateIpv4Address)) ?? [];
    return (nodes.find((node) => node.zone === zone) ?? nodes[0])?.privateIpv4Address;
  }
}

function groupsOf({ listeners }: LoadBalancerConfig): readonly string[] {
  return listeners.flatMap(({ rules }) =>
    rules.flatMap(({ action }) => (action.type === 'forward' ? action.targetGroups.map(({ arn }) => arn) : [])),
  );
}
