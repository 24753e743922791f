import type { NetworkInterfaceDeps } from './interfaces.ts';
import { loadBalancerNetwork } from './load-balancer-network.ts';
import { Networks } from './networks.ts';
import type { InterfaceRequest, LoadBalancerNetwork, NetworkSubnet, TaskInterface, TaskInterfaces } from './ports.ts';
import type { Scope } from './records/scope.ts';
import { vpcs } from './records/vpc.ts';
import { taskInterfaces } from './task-interfaces.ts';

/** Networks for the databases of RDS, whose containers are wired as tasks are. */
export type DatabaseNetwork = Pick<
  LoadBalancerNetwork,
  'subnet' | 'securityGroupVpc' | 'defaultSecurityGroup' | 'setSecurityGroups' | 'removeInterface'
> & {
  /** Those of the default VPC; none when there is no such VPC. */
  defaultSubnets(scope: Scope): readonly NetworkSubnet[];
  createInterface(
    tx: Parameters<TaskInterfaces['create']>[0],
    request: Omit<InterfaceRequest, 'attachmentArn' | 'assignPublicIp'> & { readonly description: string },
  ): TaskInterface;
};

const owner = 'amazon-rds';

export function databaseNetwork(deps: NetworkInterfaceDeps): DatabaseNetwork {
  const network = loadBalancerNetwork(deps, owner);
  const interfaces = taskInterfaces(deps, owner);
  const networks = new Networks(deps.database);
  return {
    ...network,
    defaultSubnets(scope) {
      const found = networks.all(vpcs, scope).find(({ isDefault }) => isDefault);
      return found === undefined ? [] : (network.vpc(scope, found.id)?.subnets ?? []);
    },
    createInterface: (tx, { description, ...request }) =>
      interfaces.create(tx, { ...request, attachmentArn: description, assignPublicIp: false }),
  };
}
