import type { LoadBalancerNetwork, VpcChanges } from '../services/ec2/index.ts';
import type { Vpcs } from '../services/servicediscovery/index.ts';

/** The networks that names belong to: EC2's. */
export function namespaceVpcs(network: Pick<LoadBalancerNetwork, 'vpc'>, changes: VpcChanges): Vpcs {
  return { ...changes, cidrs: (scope, vpcId) => network.vpc(scope, vpcId)?.cidrs };
}
