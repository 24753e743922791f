import type { Handlers } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/ec2.ts';
import {
  allocateAddress,
  associateAddress,
  describeAddresses,
  disassociateAddress,
  releaseAddress,
} from './actions/addresses.ts';
import { createRouteTable, deleteRouteTable } from './actions/create-route-table.ts';
import { createSubnet } from './actions/create-subnet.ts';
import { createVpcEndpoint } from './actions/create-vpc-endpoint.ts';
import { createVpc } from './actions/create-vpc.ts';
import { createDefaultSubnet, createDefaultVpc } from './actions/default-vpc.ts';
import { deleteSubnet } from './actions/delete-subnet.ts';
import { deleteVpcEndpoints } from './actions/delete-vpc-endpoints.ts';
import { deleteVpc } from './actions/delete-vpc.ts';
import { describeAccountAttributes } from './actions/describe-account-attributes.ts';
import { describeAddressesAttribute } from './actions/describe-addresses-attribute.ts';
import { describeAvailabilityZones } from './actions/describe-availability-zones.ts';
import { describeDhcpOptions } from './actions/describe-dhcp-options.ts';
import { describeInstances } from './actions/describe-instances.ts';
import { describeInternetGateways } from './actions/describe-internet-gateways.ts';
import { describeNetworkInterfaces } from './actions/describe-network-interfaces.ts';
import { describePrefixLists } from './actions/describe-prefix-lists.ts';
import { describeRegions } from './actions/describe-regions.ts';
import { describeRouteTables } from './actions/describe-route-tables.ts';
import { describeSubnets } from './actions/describe-subnets.ts';
import { describeVolumes, describeVolumesModifications } from './actions/describe-volumes.ts';
import { describeVpcAttribute } from './actions/describe-vpc-attribute.ts';
import { describeVpcEndpointServices } from './actions/describe-vpc-endpoint-services.ts';
import { describeVpcEndpoints } from './actions/describe-vpc-endpoints.ts';
import { describeVpcs } from './actions/describe-vpcs.ts';
import {
  attachInternetGateway,
  createInternetGateway,
  deleteInternetGateway,
  detachInternetGateway,
} from './actions/internet-gateways.ts';
import { modifySubnetAttribute } from './actions/modify-subnet-attribute.ts';
import { modifyVpcAttribute } from './actions/modify-vpc-attribute.ts';
import { modifyVpcEndpoint } from './actions/modify-vpc-endpoint.ts';
import { createNatGateway, deleteNatGateway, describeNatGateways } from './actions/nat-gateways.ts';
import { createNetworkAclEntry, deleteNetworkAclEntry, replaceNetworkAclEntry } from './actions/network-acl-entries.ts';
import {
  createNetworkAcl,
  deleteNetworkAcl,
  describeNetworkAcls,
  replaceNetworkAclAssociation,
} from './actions/network-acls.ts';
import {
  createNetworkInterface,
  deleteNetworkInterface,
  describeNetworkInterfaceAttribute,
  modifyNetworkInterfaceAttribute,
} from './actions/network-interfaces.ts';
import {
  associateRouteTable,
  disassociateRouteTable,
  replaceRouteTableAssociation,
} from './actions/route-table-associations.ts';
import { createRoute, deleteRoute, replaceRoute } from './actions/routes.ts';
import { createTags, deleteTags, describeTags } from './actions/tags.ts';
import { createSnapshot, deleteSnapshot, describeSnapshots } from './actions/snapshots.ts';
import { createVolume, deleteVolume, modifyVolume } from './actions/volumes.ts';
import { associateVpcCidrBlock, disassociateVpcCidrBlock } from './actions/vpc-cidr-blocks.ts';
import type { ChangeDeps, Ec2Deps } from './core.ts';
import { FreeAddresses } from './free-addresses.ts';
import { securityGroupHandlers } from './security-groups/handlers.ts';
import { PublicAddresses } from './public-addresses.ts';

/** What answers each operation. */
export function ec2Handlers(deps: Ec2Deps): Handlers<Operations> {
  const forChanges = { ...deps, addresses: new FreeAddresses(deps), publicAddresses: new PublicAddresses(deps) };
  return { ...describingHandlers(deps), ...changingHandlers(forChanges), ...securityGroupHandlers(forChanges) };
}

function describingHandlers(deps: Ec2Deps): Handlers<Operations> {
  return {
    DescribeAccountAttributes: describeAccountAttributes(deps),
    DescribeAddresses: describeAddresses(deps),
    DescribeAddressesAttribute: describeAddressesAttribute(deps),
    DescribeAvailabilityZones: describeAvailabilityZones(),
    DescribeDhcpOptions: describeDhcpOptions(deps),
    DescribeInstances: describeInstances(deps),
    DescribeInternetGateways: describeInternetGateways(deps),
    DescribeNatGateways: describeNatGateways(deps),
    DescribeNetworkAcls: describeNetworkAcls(deps),
    DescribeNetworkInterfaceAttribute: describeNetworkInterfaceAttribute(deps),
    DescribeNetworkInterfaces: describeNetworkInterfaces(deps),
    DescribePrefixLists: describePrefixLists(),
    DescribeRegions: describeRegions(),
    DescribeRouteTables: describeRouteTables(deps),
    DescribeSnapshots: describeSnapshots(deps),
    DescribeSubnets: describeSubnets(deps),
    DescribeTags: describeTags(deps),
    DescribeVolumes: describeVolumes(deps),
    DescribeVolumesModifications: describeVolumesModifications(deps),
    DescribeVpcAttribute: describeVpcAttribute(deps),
    DescribeVpcEndpointServices: describeVpcEndpointServices(),
    DescribeVpcEndpoints: describeVpcEndpoints(deps),
    DescribeVpcs: describeVpcs(deps),
  };
}

function changingHandlers(deps: ChangeDeps): Handlers<Operations> {
  return {
    AllocateAddress: allocateAddress(deps),
    AssociateAddress: associateAddress(deps),
    AssociateRouteTable: associateRouteTable(deps),
    AssociateVpcCidrBlock: associateVpcCidrBlock(deps),
    AttachInternetGateway: attachInternetGateway(deps),
    CreateDefaultSubnet: createDefaultSubnet(deps),
    CreateDefaultVpc: createDefaultVpc(deps),
    CreateInternetGateway: createInternetGateway(deps),
    CreateNatGateway: createNatGateway(deps),
    CreateNetworkAcl: createNetworkAcl(deps),
    CreateNetworkAclEntry: createNetworkAclEntry(deps),
    CreateNetworkInterface: createNetworkInterface(deps),
    CreateRoute: createRoute(deps),
    CreateRouteTable: createRouteTable(deps),
    CreateSnapshot: createSnapshot(deps),
    CreateSubnet: createSubnet(deps),
    CreateTags: createTags(deps),
    CreateVolume: createVolume(deps),
    CreateVpc: createVpc(deps),
    CreateVpcEndpoint: createVpcEndpoint(deps),
    DeleteInternetGateway: deleteInternetGateway(deps),
    DeleteNatGateway: deleteNatGateway(deps),
    DeleteNetworkAcl: deleteNetworkAcl(deps),
    DeleteNetworkAclEntry: deleteNetworkAclEntry(deps),
    DeleteNetworkInterface: deleteNetworkInterface(deps),
    DeleteRoute: deleteRoute(deps),
    DeleteRouteTable: deleteRouteTable(deps),
    DeleteSnapshot: deleteSnapshot(deps),
    DeleteSubnet: deleteSubnet(deps),
    DeleteTags: deleteTags(deps),
    DeleteVolume: deleteVolume(deps),
    DeleteVpc: deleteVpc(deps),
    DeleteVpcEndpoints: deleteVpcEndpoints(deps),
    DetachInternetGateway: detachInternetGateway(deps),
    DisassociateAddress: disassociateAddress(deps),
    DisassociateRouteTable: disassociateRouteTable(deps),
    DisassociateVpcCidrBlock: disassociateVpcCidrBlock(deps),
    ModifyNetworkInterfaceAttribute: modifyNetworkInterfaceAttribute(deps),
    ModifySubnetAttribute: modifySubnetAttribute(deps),
    ModifyVolume: modifyVolume(deps),
    ModifyVpcAttribute: modifyVpcAttribute(deps),
    ModifyVpcEndpoint: modifyVpcEndpoint(deps),
    ReleaseAddress: releaseAddress(deps),
    ReplaceNetworkAclAssociation: replaceNetworkAclAssociation(deps),
    ReplaceNetworkAclEntry: replaceNetworkAclEntry(deps),
    ReplaceRoute: replaceRoute(deps),
    ReplaceRouteTableAssociation: replaceRouteTableAssociation(deps),
  };
}
