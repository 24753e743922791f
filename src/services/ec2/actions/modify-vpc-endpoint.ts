import { changing, type Change, type ChangeDeps, type Ec2Handler, type Input } from '../core.ts';
import { addInterfaces, addRoutes, checkPrivateDns, endpointService, removeRoutes } from '../endpoint-parts.ts';
import { policyOf } from '../endpoint-policy.ts';
import { invalidCombination, missingParameter } from '../errors.ts';
import { removeInterface } from '../interfaces.ts';
import { networkInterfaces } from '../records/network-interface.ts';
import { vpcEndpoints, type VpcEndpointRecord } from '../records/vpc-endpoint.ts';
import { vpcEndpointOf, vpcOf } from '../references.ts';
import { groupsFor } from '../user-interface.ts';

const takes = [
  'VpcEndpointId',
  'ResetPolicy',
  'PolicyDocument',
  'AddRouteTableIds',
  'RemoveRouteTableIds',
  'AddSubnetIds',
  'RemoveSubnetIds',
  'AddSecurityGroupIds',
  'RemoveSecurityGroupIds',
  'PrivateDnsEnabled',
] as const;

type Modify = Input<'ModifyVpcEndpoint'>;
type Kind = VpcEndpointRecord['kind'];

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html */
export function modifyVpcEndpoint(deps: ChangeDeps): Ec2Handler<'ModifyVpcEndpoint'> {
  return changing<'ModifyVpcEndpoint'>(deps, takes, (input, change) => {
    const endpoint = vpcEndpointOf(change, input.VpcEndpointId);
    const policyDocument =
      input.ResetPolicy === true ? policyOf(undefined) : policyOf(input.PolicyDocument ?? endpoint.policyDocument);
    const { kind } = endpoint;
    const modified: Kind =
      kind.type === 'Gateway' ? gateway(input, change, { endpoint, kind }) : card(input, change, { endpoint, kind });
    change.writer.put(vpcEndpoints, { ...endpoint, policyDocument, kind: modified });
    return { Return: true };
  });
}

interface Part<Type extends Kind['type']> {
  readonly endpoint: VpcEndpointRecord;
  readonly kind: Kind & { readonly type: Type };
}

function gateway(input: Modify, change: Change, { endpoint, kind }: Part<'Gateway'>): Kind {
  const { AddRouteTableIds: added = [], RemoveRouteTableIds: removed = [] } = input;
  const others = [input.AddSubnetIds, input.RemoveSubnetIds, input.AddSecurityGroupIds, input.RemoveSecurityGroupIds];
  if (others.some((ids = []) => ids.length > 0) || input.PrivateDnsEnabled === true)
    throw invalidCombination('Subnets, security groups and private DNS are not supported for Gateway endpoints');
  const { id, vpcId, serviceName, region } = endpoint;
  removeRoutes(change, id, removed);
  addRoutes(change, { id, vpcId, service: endpointService(region, serviceName) }, added);
  const kept = kind.routeTableIds.filter((each) => !removed.includes(each));
  return { ...kind, routeTableIds: [...new Set([...kept, ...added])] };
}

function card(input: Modify, change: Change, { endpoint, kind }: Part<'Interface'>): Kind {
  if ((input.AddRouteTableIds ?? []).length + (input.RemoveRouteTableIds ?? []).length > 0)
    throw invalidCombination('Route tables are not supported for Interface endpoints');
  const { id, vpcId, serviceName, region } = endpoint;
  const named = { id, vpcId, service: endpointService(region, serviceName) };
  const { PrivateDnsEnabled: privateDnsEnabled = kind.privateDnsEnabled } = input;
  if (privateDnsEnabled && !kind.privateDnsEnabled) checkPrivateDns(change, vpcOf(change, vpcId), named);
  const securityGroupIds = groupsAfter(input, change, { endpoint, kind });
  const { RemoveSubnetIds: removed = [], AddSubnetIds: added = [] } = input;
  for (const each of kind.interfaces)
    if (removed.includes(each.subnetId)) removeInterface(change.tx, change.scope, each.networkInterfaceId);
  const present = kind.interfaces.filter(({ subnetId }) => !removed.includes(subnetId));
  setGroups(change, present, securityGroupIds);
  const fresh = added.filter((subnetId) => !present.some((each) => each.subnetId === subnetId));
  const made = addInterfaces(change, named, { subnetIds: fresh, present, securityGroupIds });
  return { ...kind, privateDnsEnabled, securityGroupIds, interfaces: [...present, ...made] };
}

function groupsAfter(input: Modify, change: Change, { endpoint, kind }: Part<'Interface'>): readonly string[] {
  const { AddSecurityGroupIds: added = [], RemoveSecurityGroupIds: removed = [] } = input;
  if (added.length === 0 && removed.length === 0) return kind.securityGroupIds;
  const kept = kind.securityGroupIds.filter((id) => !removed.includes(id));
  const after = [...new Set([...kept, ...added])];
  if (after.length === 0) throw missingParameter('addSecurityGroupId');
  return groupsFor(change, endpoint.vpcId, after);
}

function setGroups(
  { writer }: Change,
  interfaces: readonly { readonly networkInterfaceId: string }[],
  securityGroupIds: readonly string[],
): void {
  for (const { networkInterfaceId } of interfaces) {
    const row = writer.get(networkInterfaces, networkInterfaceId);
    if (row !== undefined && row.securityGroupIds.join() !== securityGroupIds.join())
      writer.put(networkInterfaces, { ...row, securityGroupIds });
  }
}
