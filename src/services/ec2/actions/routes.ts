import { ApiError } from '../../../protocol/api/index.ts';
import { contains, readCidr } from '../addresses.ts';
import { changing, type Change, type ChangeDeps, type Ec2Handler, type Input } from '../core.ts';
import {
  invalidCidr,
  invalidCombination,
  invalidParameterValue,
  limitExceeded,
  missingParameter,
  natGatewayNotFound,
  notFound,
  notImplemented,
} from '../errors.ts';
import { maxRoutes } from '../limits.ts';
import { natGateways } from '../records/nat-gateway.ts';
import { routeTables, type RouteRecord, type RouteTableRecord } from '../records/route-table.ts';
import { interfaceOf, internetGatewayOf, routeTableOf, vpcOf } from '../references.ts';

const takes = ['RouteTableId', 'DestinationCidrBlock', 'GatewayId', 'NatGatewayId', 'NetworkInterfaceId'] as const;

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html */
export function createRoute(deps: ChangeDeps): Ec2Handler<'CreateRoute'> {
  return changing<'CreateRoute'>(deps, takes, (input, change) => {
    const table = routeTableOf(change, input.RouteTableId);
    const destination = destinationOf(input);
    const target = targetOf(input, change, table);
    refuseLocal(change, table, destination);
    const present = table.routes.find((route) => route.destination === destination);
    if (present !== undefined) {
      if (JSON.stringify(present.target) === JSON.stringify(target)) return { Return: true };
      throw new ApiError('RouteAlreadyExists', `The route identified by ${destination} already exists.`);
    }
    if (table.routes.length >= maxRoutes) throw limitExceeded('RouteLimitExceeded', 'routes');
    change.writer.put(routeTables, { ...table, routes: [...table.routes, { destination, target }] });
    return { Return: true };
  });
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRoute.html */
export function replaceRoute(deps: ChangeDeps): Ec2Handler<'ReplaceRoute'> {
  return changing<'ReplaceRoute'>(deps, takes, (input, change) => {
    const table = routeTableOf(change, input.RouteTableId);
    const destination = destinationOf(input);
    const target = targetOf(input, change, table);
    refuseLocal(change, table, destination);
    if (!table.routes.some((route) => route.destination === destination)) {
      const sentence = `There is no route defined for '${destination}' in the route table. Use CreateRoute instead.`;
      throw invalidParameterValue(sentence);
    }
    const routes = table.routes.map((route) => (route.destination === destination ? { destination, target } : route));
    change.writer.put(routeTables, { ...table, routes });
    return {};
  });
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRoute.html */
export function deleteRoute(deps: ChangeDeps): Ec2Handler<'DeleteRoute'> {
  const taken = ['RouteTableId', 'DestinationCidrBlock', 'DestinationPrefixListId'] as const;
  return changing<'DeleteRoute'>(deps, taken, (input, change) => {
    const table = routeTableOf(change, input.RouteTableId);
    const { DestinationPrefixListId: list } = input;
    if (list !== undefined && table.routes.some(({ destination }) => destination === list))
      throw invalidParameterValue(`cannot remove VPC endpoint route ${list} in route table ${table.id}`);
    const destination = list ?? destinationOf(input);
    if (localBlocks(change, table).includes(destination))
      throw invalidParameterValue(`cannot remove local route ${destination} in route table ${table.id}`);
    const routes = table.routes.filter((route) => route.destination !== destination);
    if (routes.length === table.routes.length) {
      const member = list === undefined ? 'destination-cidr-block' : 'destination-prefix-list-id';
      throw new ApiError('InvalidRoute.NotFound', `no route with ${member} ${destination} in route table ${table.id}`);
    }
    change.writer.put(routeTables, { ...table, routes });
    return {};
  });
}

function destinationOf({ DestinationCidrBlock: text }: { readonly DestinationCidrBlock?: string | undefined }): string {
  if (text === undefined) throw missingParameter('destinationCidrBlock');
  const cidr = readCidr(text);
  if (cidr === undefined) throw invalidCidr(text, 'destinationCidrBlock');
  return cidr;
}

function targetOf(input: Input<'CreateRoute'>, change: Change, table: RouteTableRecord): RouteRecord['target'] {
  const { GatewayId, NatGatewayId, NetworkInterfaceId } = input;
  const given = [GatewayId, NatGatewayId, NetworkInterfaceId].filter((id) => id !== undefined);
  if (given.length === 0) throw missingParameter('gatewayId, natGatewayId or networkInterfaceId');
  if (given.length > 1) throw invalidCombination(`More than one target of the route is given: ${given.join(', ')}`);
  if (GatewayId !== undefined) return gatewayTarget(GatewayId, change, table);
  if (NatGatewayId !== undefined) {
    const gateway = change.writer.get(natGateways, NatGatewayId);
    if (gateway === undefined || gateway.deletedAtMs !== undefined) throw natGatewayNotFound(NatGatewayId);
    if (gateway.vpcId !== table.vpcId) throw otherNetworks(table, `NAT gateway ${NatGatewayId}`);
    return { natGatewayId: NatGatewayId };
  }
  const networkInterfaceId = NetworkInterfaceId ?? '';
  if (interfaceOf(change, networkInterfaceId).vpcId !== table.vpcId)
    throw otherNetworks(table, `interface ${networkInterfaceId}`);
  return { networkInterfaceId };
}

function gatewayTarget(id: string, change: Change, table: RouteTableRecord): RouteRecord['target'] {
  if (id.startsWith('vpce-'))
    throw invalidParameterValue(`The endpoint ${id} is added to route tables with ModifyVpcEndpoint`);
  if (id.startsWith('vgw-')) throw notImplemented('A virtual private gateway');
  if (!id.startsWith('igw-')) throw notFound('internetGateway', id);
  if (internetGatewayOf(change, id).vpcId !== table.vpcId) throw otherNetworks(table, `network gateway ${id}`);
  return { internetGatewayId: id };
}

function otherNetworks({ id }: RouteTableRecord, other: string): ApiError {
  return invalidParameterValue(`route table ${id} and ${other} belong to different networks`);
}

function localBlocks(change: Change, { vpcId }: RouteTableRecord): readonly string[] {
  return vpcOf(change, vpcId).cidrs.map(({ cidr }) => cidr);
}

/** Packets within a VPC stay inside: no other route may take them. */
function refuseLocal(change: Change, table: RouteTableRecord, destination: string): void {
  const local = localBlocks(change, table);
  if (local.includes(destination))
    throw new ApiError('RouteAlreadyExists', `The route identified by ${destination} already exists.`);
  if (local.some((block) => contains(block, destination)))
    throw notImplemented(`A route to ${destination}, which is part of the VPC,`);
}
