import type { NetworkInterfaceDeps } from './interfaces.ts';
import { loadBalancerNetwork } from './load-balancer-network.ts';
import type { LoadBalancerInterfaceRequest, LoadBalancerNetwork } from './ports.ts';

/** Networks for the mount targets of file systems: as for load balancers, in the name of another service. */
export type MountTargetNetwork = Omit<LoadBalancerNetwork, 'createInterface' | 'instanceAddress' | 'vpc'> & {
  createInterface(
    tx: Parameters<LoadBalancerNetwork['createInterface']>[0],
    request: Omit<LoadBalancerInterfaceRequest, 'type'>,
  ): ReturnType<LoadBalancerNetwork['createInterface']>;
};

export function mountTargetNetwork(deps: NetworkInterfaceDeps): MountTargetNetwork {
  const network = loadBalancerNetwork(deps, 'amazon-efs');
  return {
    ...network,
    createInterface: (tx, request) => network.createInterface(tx, { ...request, type: 'application' }),
  };
}
