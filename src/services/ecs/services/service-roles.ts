import type { CreateServiceRequest, UpdateServiceRequest } from '../../../protocol/generated/ecs.ts';

/** The roles that a request hands to ECS itself for a service: load balancers, lifecycle hooks, volumes, VPC Lattice. */
export function rolesOfService(input: CreateServiceRequest | UpdateServiceRequest): readonly (string | undefined)[] {
  return [
    'role' in input ? input.role : undefined,
    ...(input.loadBalancers ?? []).map(({ advancedConfiguration }) => advancedConfiguration?.roleArn),
    ...(input.deploymentConfiguration?.lifecycleHooks ?? []).map(({ roleArn }) => roleArn),
    ...(input.vpcLatticeConfigurations ?? []).map(({ roleArn }) => roleArn),
    ...(input.volumeConfigurations ?? []).map(({ managedEBSVolume }) => managedEBSVolume?.roleArn),
  ];
}
