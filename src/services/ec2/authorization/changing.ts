import { questionsOnEach } from '../../../protocol/api/index.ts';
import type { AccessQuestion } from '../../../protocol/api/index.ts';
import { kindOf } from '../kinds.ts';
import { elasticIps } from '../records/elastic-ip.ts';
import { routeTables } from '../records/route-table.ts';
import { subnets } from '../records/subnet.ts';
import { vpcs } from '../records/vpc.ts';
import type { Asker, Said } from './ask.ts';
import type { Asks, Places } from './asks.ts';
import { onEach } from './creating.ts';

/** The most that one CreateTags or DeleteTags may name. */
const mostTagged = 1_000;

export const changingThings: Asks = {
  AssociateAddress: ({ AllocationId, PublicIp, NetworkInterfaceId }, asker, places) => [
    ...onEach(asker, 'elastic-ip', [AllocationId ?? allocationOf(places, { PublicIp })]),
    ...onEach(asker, 'network-interface', [NetworkInterfaceId]),
  ],
  AssociateRouteTable: ({ RouteTableId, SubnetId }, asker) => [
    asker.on('route-table', RouteTableId),
    ...onEach(asker, 'subnet', [SubnetId]),
  ],
  AssociateVpcCidrBlock: ({ VpcId }, asker) => [asker.on('vpc', VpcId)],
  AttachInternetGateway: ({ InternetGatewayId, VpcId }, asker) => [
    asker.on('internet-gateway', InternetGatewayId),
    asker.on('vpc', VpcId),
  ],
  CreateNetworkAclEntry: ({ NetworkAclId }, asker) => [asker.on('network-acl', NetworkAclId)],
  CreateRoute: ({ RouteTableId }, asker) => [asker.on('route-table', RouteTableId)],
  CreateTags: ({ Resources, Tags }, asker) => tagging(asker, Resources, { tags: Tags }),
  DeleteInternetGateway: ({ InternetGatewayId }, asker) => [asker.on('internet-gateway', InternetGatewayId)],
  DeleteNatGateway: ({ NatGatewayId }, asker) => [asker.on('natgateway', NatGatewayId)],
  DeleteNetworkAcl: ({ NetworkAclId }, asker) => [asker.on('network-acl', NetworkAclId)],
  DeleteNetworkAclEntry: ({ NetworkAclId }, asker) => [asker.on('network-acl', NetworkAclId)],
  DeleteNetworkInterface: ({ NetworkInterfaceId }, asker) => [asker.on('network-interface', NetworkInterfaceId)],
  DeleteRoute: ({ RouteTableId }, asker) => [asker.on('route-table', RouteTableId)],
  DeleteRouteTable: ({ RouteTableId }, asker) => [asker.on('route-table', RouteTableId)],
  DeleteSnapshot: ({ SnapshotId }, asker) => [asker.on('snapshot', SnapshotId)],
  DeleteSubnet: ({ SubnetId }, asker) => [asker.on('subnet', SubnetId)],
  DeleteTags: ({ Resources, Tags = [] }, asker) =>
    tagging(asker, Resources, { tagKeys: Tags.flatMap(({ Key }) => (Key === undefined ? [] : [Key])) }),
  DeleteVolume: ({ VolumeId }, asker) => [asker.on('volume', VolumeId)],
  DeleteVpc: ({ VpcId }, asker) => [asker.on('vpc', VpcId)],
  DeleteVpcEndpoints: ({ VpcEndpointIds }, asker) => onEach(asker, 'vpc-endpoint', VpcEndpointIds),
  DetachInternetGateway: ({ InternetGatewayId, VpcId }, asker) => [
    asker.on('internet-gateway', InternetGatewayId),
    asker.on('vpc', VpcId),
  ],
  DisassociateAddress: (input, asker, places) => onOne(asker, 'elastic-ip', allocationOf(places, input)),
  DisassociateRouteTable: ({ AssociationId }, asker, places) => onAssociation(asker, places, AssociationId),
  DisassociateVpcCidrBlock: ({ AssociationId }, asker, { networks, scope }) => {
    const vpc = networks.all(vpcs, scope).find(({ cidrs }) => cidrs.some((one) => one.associationId === AssociationId));
    return onOne(asker, 'vpc', vpc?.id);
  },
  ModifyNetworkInterfaceAttribute: ({ NetworkInterfaceId, Groups }, asker) => [
    asker.on('network-interface', NetworkInterfaceId),
    ...onEach(asker, 'security-group', Groups),
  ],
  ModifySubnetAttribute: ({ SubnetId }, asker) => [asker.on('subnet', SubnetId)],
  ModifyVolume: ({ VolumeId }, asker) => [asker.on('volume', VolumeId)],
  ModifyVpcAttribute: ({ VpcId }, asker) => [asker.on('vpc', VpcId)],
  ModifyVpcEndpoint: (input, asker) => [
    asker.on('vpc-endpoint', input.VpcEndpointId),
    ...onEach(asker, 'route-table', [...(input.AddRouteTableIds ?? []), ...(input.RemoveRouteTableIds ?? [])]),
    ...onEach(asker, 'subnet', [...(input.AddSubnetIds ?? []), ...(input.RemoveSubnetIds ?? [])]),
    ...onEach(asker, 'security-group', [...(input.AddSecurityGroupIds ?? []), ...(input.RemoveSecurityGroupIds ?? [])]),
  ],
  ReleaseAddress: ({ AllocationId, PublicIp }, asker, places) =>
    onOne(asker, 'elastic-ip', AllocationId ?? allocationOf(places, { PublicIp })),
  ReplaceNetworkAclAssociation: ({ AssociationId, NetworkAclId }, asker, { networks, scope }) => {
    const subnet = networks.all(subnets, scope).find(({ networkAcl }) => networkAcl.associationId === AssociationId);
    return [asker.on('network-acl', NetworkAclId), ...onEach(asker, 'subnet', [subnet?.id])];
  },
  ReplaceNetworkAclEntry: ({ NetworkAclId }, asker) => [asker.on('network-acl', NetworkAclId)],
  ReplaceRoute: ({ RouteTableId }, asker) => [asker.on('route-table', RouteTableId)],
  ReplaceRouteTableAssociation: ({ AssociationId, RouteTableId }, asker, places) => [
    asker.on('route-table', RouteTableId),
    ...onAssociation(asker, places, AssociationId),
  ],
};

/** About a thing that the request names by something else; without it about every such thing. */
function onOne(asker: Asker, type: Parameters<Asker['on']>[0], id: string | undefined): readonly AccessQuestion[] {
  return [asker.on(type, id ?? '*')];
}

interface Mapped {
  readonly AssociationId?: string | undefined;
  readonly PublicIp?: string | undefined;
}

function allocationOf({ networks, scope }: Places, { AssociationId, PublicIp }: Mapped): string | undefined {
  return networks
    .all(elasticIps, scope)
    .find((row) => (AssociationId === undefined ? row.publicIp === PublicIp : row.association?.id === AssociationId))
    ?.id;
}

function onAssociation(asker: Asker, { networks, scope }: Places, associationId: string): readonly AccessQuestion[] {
  const table = networks
    .all(routeTables, scope)
    .find(({ associations }) => associations.some(({ id }) => id === associationId));
  const association = table?.associations.find(({ id }) => id === associationId);
  const subnetId = association?.main === false ? association.subnetId : undefined;
  return [...onOne(asker, 'route-table', table?.id), ...onEach(asker, 'subnet', [subnetId])];
}

/** Things of a kind that Longshore lacks are refused whoever asks. */
function tagging(asker: Asker, ids: readonly string[], said: Said): readonly AccessQuestion[] {
  const any = (): AccessQuestion => asker.any();
  return questionsOnEach(ids, { max: mostTagged, any }, (id) => {
    const kind = kindOf(id);
    return kind === undefined ? asker.any() : asker.on(kind.type, id, said);
  });
}
