import { invalidValue, rdsError } from '../errors.ts';
import { maxSubnetsOfGroup } from '../limits.ts';
import type { DatabaseNetwork } from '../ports.ts';
import type { Scope } from '../records/scope.ts';
import type { SubnetGroupRecord } from '../records/subnet-group.ts';

const leastZones = 2;

/** @throws InvalidSubnet, DBSubnetQuotaExceededFault, DBSubnetGroupDoesNotCoverEnoughAZs, in AWS's words where they are known */
export function checkedSubnets(
  network: DatabaseNetwork,
  scope: Scope,
  ids: readonly string[],
): Pick<SubnetGroupRecord, 'vpcId' | 'subnets'> {
  const wanted = [...new Set(ids)];
  if (wanted.length > maxSubnetsOfGroup)
    throw rdsError('DBSubnetQuotaExceededFault', `A DB subnet group can have at most ${maxSubnetsOfGroup} subnets.`);
  const found = wanted.map((id) => network.subnet(scope, id));
  const missing = wanted.filter((_id, index) => found[index] === undefined);
  if (missing.length > 0 || wanted.length === 0)
    throw rdsError('InvalidSubnet', `Some input subnets in :[${missing.join(', ')}] are invalid.`);
  const subnets = found.flatMap((subnet) => subnet ?? []);
  const [vpcId = '', ...others] = [...new Set(subnets.map((subnet) => subnet.vpcId))];
  if (others.length > 0)
    throw rdsError('InvalidSubnet', `The subnets are not all in a common VPC: ${[vpcId, ...others].join(', ')}.`);
  const zones = [...new Set(subnets.map(({ availabilityZone }) => availabilityZone))];
  if (zones.length < leastZones)
    throw rdsError(
      'DBSubnetGroupDoesNotCoverEnoughAZs',
      `The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: ${zones.join(', ')}. Add subnets to cover at least ${leastZones} AZs.`,
    );
  return { vpcId, subnets: subnets.map(({ id, availabilityZone }) => ({ id, availabilityZone })) };
}

/** The group that databases are in when none is named: RDS makes it of the default VPC. @throws InvalidParameterValue without one */
export function defaultSubnetGroup(network: DatabaseNetwork, scope: Scope): SubnetGroupRecord {
  const subnets = network.defaultSubnets(scope);
  const [first] = subnets;
  if (first === undefined)
    throw invalidValue(
      'No default subnet detected in VPC. Please contact AWS Support to recreate the default Subnets.',
    );
  return {
    account: scope.account,
    region: scope.region,
    name: 'default',
    description: 'default',
    vpcId: first.vpcId,
    subnets: subnets.map(({ id, availabilityZone }) => ({ id, availabilityZone })),
    tags: [],
  };
}
