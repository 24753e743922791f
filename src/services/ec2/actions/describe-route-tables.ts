import type { Handler } from '../../../protocol/api/index.ts';
import type { Operations, Route, RouteTable, RouteTableAssociation } from '../../../protocol/generated/ec2.ts';
import { describing } from '../core.ts';
import type { Ec2Deps } from '../core.ts';
import { chooseFew } from '../describe.ts';
import { matchingNothing, type FilterFields } from '../filters.ts';
import { Networks } from '../networks.ts';
import {
  routeTables,
  type RouteRecord,
  type RouteTableAssociation as Association,
  type RouteTableRecord,
} from '../records/route-table.ts';
import { vpcs, type VpcRecord } from '../records/vpc.ts';
import { RouteTargets } from '../route-targets.ts';
import { tagList } from '../tags.ts';

type Action = Handler<Operations['DescribeRouteTables']['input'], Operations['DescribeRouteTables']['output']>;

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRouteTables.html */
export function describeRouteTables({ database }: Ec2Deps): Action {
  const networks = new Networks(database);
  return describing<'DescribeRouteTables'>((input, scope) => {
    const targets = new RouteTargets(networks, scope);
    const routesOf = (table: RouteTableRecord) => shownRoutes(table, networks.get(vpcs, scope, table.vpcId), targets);
    const fields: FilterFields<RouteTableRecord> = {
      'association.main': ({ associations }) => associations.map(({ main }) => String(main)),
      'association.route-table-association-id': ({ associations }) => associations.map(({ id }) => id),
      'association.route-table-id': ({ id, associations }) => (associations.length === 0 ? [] : [id]),
      'association.subnet-id': ({ associations }) => associations.map(subnetOf),
      'owner-id': ({ account }) => [account],
      'route-table-id': ({ id }) => [id],
      'route.destination-prefix-list-id': (table) => routesOf(table).map((route) => route.DestinationPrefixListId),
      'route.destination-cidr-block': (table) => routesOf(table).map((route) => route.DestinationCidrBlock),
      'route.gateway-id': (table) => routesOf(table).map((route) => route.GatewayId),
      'route.nat-gateway-id': (table) => routesOf(table).map((route) => route.NatGatewayId),
      'route.origin': (table) => routesOf(table).map((route) => route.Origin),
      'route.state': (table) => routesOf(table).map((route) => route.State),
      'vpc-id': ({ vpcId }) => [vpcId],
      ...matchingNothing(
        'association.gateway-id',
        'route.destination-ipv6-cidr-block',
        'route.egress-only-internet-gateway-id',
        'route.instance-id',
        'route.transit-gateway-id',
        'route.vpc-peering-connection-id',
      ),
    };
    const { items, next } = chooseFew(input, {
      items: networks.all(routeTables, scope),
      kind: 'routeTable',
      ids: input.RouteTableIds,
      idOf: ({ id }) => id,
      fields,
      maxResults: 100,
    });
    return { RouteTables: items.map((table) => routeTableShape(table, routesOf(table))), ...next };
  });
}

export function routeTableShape(table: RouteTableRecord, routes: Route[]): RouteTable {
  return {
    RouteTableId: table.id,
    VpcId: table.vpcId,
    OwnerId: table.account,
    Associations: table.associations.map((association) => associationShape(table.id, association)),
    Routes: routes,
    PropagatingVgws: [],
    Tags: tagList(table),
  };
}

function associationShape(routeTableId: string, association: Association): RouteTableAssociation {
  const subnetId = subnetOf(association);
  return {
    Main: association.main,
    RouteTableAssociationId: association.id,
    RouteTableId: routeTableId,
    ...(subnetId === undefined ? {} : { SubnetId: subnetId }),
    AssociationState: { State: 'associated' },
  };
}

function subnetOf(association: Association): string | undefined {
  return association.main ? undefined : association.subnetId;
}

/** The routes of a table, with the local ones, which follow from its VPC. */
export function shownRoutes(table: RouteTableRecord, vpc: VpcRecord | undefined, targets: RouteTargets): Route[] {
  const local = (vpc?.cidrs ?? []).map(({ cidr }): Route => ({
    DestinationCidrBlock: cidr,
    GatewayId: 'local',
    Origin: 'CreateRouteTable',
    State: 'active',
  }));
  return [...local, ...table.routes.map((route) => routeShape(route, targets.leads(route, table.vpcId)))];
}

function routeShape({ destination, target }: RouteRecord, leads: boolean): Route {
  return {
    ...(destination.startsWith('pl-')
      ? { DestinationPrefixListId: destination }
      : { DestinationCidrBlock: destination }),
    ...targetShape(target),
    Origin: 'CreateRoute',
    State: leads ? 'active' : 'blackhole',
  };
}

function targetShape(target: RouteRecord['target']): Route {
  if ('internetGatewayId' in target) return { GatewayId: target.internetGatewayId };
  if ('natGatewayId' in target) return { NatGatewayId: target.natGatewayId };
  if ('vpcEndpointId' in target) return { GatewayId: target.vpcEndpointId };
  return { NetworkInterfaceId: target.networkInterfaceId };
}
