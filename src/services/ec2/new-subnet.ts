import type { Change } from './core.ts';
import { invalidParameterValue, limitExceeded } from './errors.ts';
import { maxSubnets } from './limits.ts';
import { networkAcls, type NetworkAclRecord } from './records/network-acl.ts';
import { subnets, type SubnetRecord } from './records/subnet.ts';
import type { Tagged } from './records/scope.ts';
import { zoneId, zoneLetters, zoneName } from './regions.ts';
import { found } from './references.ts';
import { notFound } from './errors.ts';

export interface NewSubnet {
  readonly vpcId: string;
  /** Its VPC's default network ACL. */
  readonly networkAclId: string;
  readonly cidr: string;
  readonly availabilityZone: string;
  /** Of its zone; gives public addresses. */
  readonly isDefault: boolean;
  readonly tags?: Tagged['tags'];
}

/** Writes a subnet whose block was checked. */
export function writeSubnet(
  { writer, networks, scope, newId }: Change,
  { networkAclId, isDefault, tags = {}, ...given }: NewSubnet,
): SubnetRecord {
  if (networks.ofVpc(subnets, scope, given.vpcId).length >= maxSubnets)
    throw limitExceeded('SubnetLimitExceeded', 'subnets');
  const subnet: SubnetRecord = {
    ...scope,
    ...given,
    tags,
    id: newId('subnet'),
    availabilityZoneId: zoneId(scope.region, given.availabilityZone.slice(scope.region.length)),
    isDefault,
    mapPublicIpOnLaunch: isDefault,
    networkAcl: { id: networkAclId, associationId: newId('aclassoc') },
  };
  writer.put(subnets, subnet);
  return subnet;
}

export function defaultAclOf({ networks, scope }: Change, vpcId: string): NetworkAclRecord {
  const missing = () => notFound('networkAcl', `default of ${vpcId}`);
  return found(networks.ofVpc(networkAcls, scope, vpcId), ({ isDefault }) => isDefault, missing);
}

/** The zone a request names, by name or id; without either the first. */
export function zoneOf(
  region: string,
  given: { readonly AvailabilityZone?: string | undefined; readonly AvailabilityZoneId?: string | undefined },
): string {
  const { AvailabilityZone: name, AvailabilityZoneId: id } = given;
  const letter = zoneLetters.find(
    (each) =>
      (name === undefined || zoneName(region, each) === name) && (id === undefined || zoneId(region, each) === id),
  );
  if (letter !== undefined) return zoneName(region, letter);
  const names = zoneLetters.map((each) => (name === undefined ? zoneId(region, each) : zoneName(region, each)));
  throw invalidParameterValue(
    `Value (${name ?? id}) for parameter availabilityZone is invalid. ` +
      `Subnets can currently only be created in the following availability zones: ${names.join(', ')}.`,
  );
}
