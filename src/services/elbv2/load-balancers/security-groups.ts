import { ApiError } from '../../../protocol/api/index.ts';
import { maxSecurityGroupsPerLoadBalancer } from '../limits.ts';
import { invalidConfiguration } from '../errors.ts';
import type { Network } from '../ports.ts';
import type { Scope } from '../records/scope.ts';

/** Security groups of a request, each once. @throws InvalidSecurityGroup, InvalidConfigurationRequest */
export function checkedSecurityGroups(
  network: Network,
  scope: Scope,
  vpcId: string,
  given: readonly string[],
): readonly string[] {
  const groups = [...new Set(given)];
  if (groups.length > maxSecurityGroupsPerLoadBalancer) {
    throw invalidConfiguration(`A load balancer can have at most ${maxSecurityGroupsPerLoadBalancer} security groups`);
  }
  for (const id of groups) {
    const groupVpc = network.securityGroupVpc(scope, id);
    if (groupVpc === undefined) throw new ApiError('InvalidSecurityGroup', `The security group '${id}' does not exist`);
    if (groupVpc !== vpcId) {
      throw invalidConfiguration(`One or more security groups are invalid: '${id}' is not in the VPC '${vpcId}'`);
    }
  }
  return groups;
}
