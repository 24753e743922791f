import { invalidCombination, invalidValue } from '../errors.ts';
import { maxSecurityGroups } from '../limits.ts';
import type { DatabaseNetwork } from '../ports.ts';
import type { Scope } from '../records/scope.ts';

/** The groups asked for, or the VPC's default one. @throws InvalidParameterValue, InvalidParameterCombination */
export function checkedGroups(
  network: DatabaseNetwork,
  scope: Scope,
  { ids, vpcId }: { readonly ids: readonly string[]; readonly vpcId: string },
): readonly string[] {
  if (ids.length === 0) return [network.defaultSecurityGroup(scope, vpcId)];
  const wanted = [...new Set(ids)];
  if (wanted.length > maxSecurityGroups)
    throw invalidValue(`A DB instance can be in at most ${maxSecurityGroups} security groups, not ${wanted.length}.`);
  for (const id of wanted) {
    const own = network.securityGroupVpc(scope, id);
    if (own === undefined) throw invalidValue(`Invalid security group , groupId= ${id}, groupName=.`);
    if (own !== vpcId)
      throw invalidCombination(
        `The DB instance and EC2 security group are in different VPCs. The DB instance is in ${vpcId} and the EC2 security group is in ${own}`,
      );
  }
  return wanted;
}
