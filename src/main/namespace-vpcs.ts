import type { LoadBalancerNetwork } from '../services/ec2/index.ts';
import type { Vpcs } from '../services/servicediscovery/index.ts';

/** The networks of private DNS namespaces: EC2's. */
export function namespaceVpcs(network: Pick<LoadBalancerNetwork, 'vpc'>): Vpcs {
  return { cidrs: (scope, vpcId) => network.vpc(scope, vpcId)?.cidrs };
}
