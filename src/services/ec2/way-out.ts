import type { InterfacePolicy } from '../../network-protocol/index.ts';
import { everywhere } from './default-network.ts';
import type { Networks } from './networks.ts';
import type { Scope } from './records/scope.ts';
import { routeTables, type RouteTableRecord } from './records/route-table.ts';
import { natGateways } from './records/nat-gateway.ts';
import { subnets, type SubnetRecord } from './records/subnet.ts';
import { RouteTargets } from './route-targets.ts';

/**
 * Where packets of an interface go that leave the VPC.
 * @param hasPublicAddress an internet gateway serves only who has one. https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
 */
export function wayOut(networks: Networks, subnet: SubnetRecord, hasPublicAddress: boolean): InterfacePolicy['wayOut'] {
  const route = routeOut(networks, subnet);
  if (route === undefined || !new RouteTargets(networks, subnet).leads(route, subnet.vpcId)) return 'none';
  const { target } = route;
  if ('natGatewayId' in target) return natLeadsOut(networks, subnet, target.natGatewayId) ? 'nat' : 'none';
  return 'internetGatewayId' in target && hasPublicAddress ? 'internet' : 'none';
}

/** What an interface whose way out this is, is seen as outside. @param own its own public address */
export function seenAs(
  networks: Networks,
  subnet: SubnetRecord,
  { way, own }: { readonly way: InterfacePolicy['wayOut']; readonly own: string | undefined },
): string | undefined {
  if (way !== 'nat') return way === 'internet' ? own : undefined;
  const target = routeOut(networks, subnet)?.target;
  if (target === undefined || !('natGatewayId' in target)) return undefined;
  return networks.get(natGateways, subnet, target.natGatewayId)?.address?.publicIp;
}

/** A public NAT gateway leads out through the internet gateway of its own subnet; a private one leads nowhere outside. */
function natLeadsOut(networks: Networks, scope: Scope, natGatewayId: string): boolean {
  const gateway = networks.get(natGateways, scope, natGatewayId);
  const subnet = gateway && networks.get(subnets, scope, gateway.subnetId);
  if (gateway?.connectivityType !== 'public' || subnet === undefined) return false;
  const route = routeOut(networks, subnet);
  return (
    route !== undefined &&
    'internetGatewayId' in route.target &&
    new RouteTargets(networks, scope).leads(route, subnet.vpcId)
  );
}

function routeOut(networks: Networks, subnet: SubnetRecord): RouteTableRecord['routes'][number] | undefined {
  return routeTableOf(networks, subnet)?.routes.find(({ destination }) => destination === everywhere);
}

/** The route table of a subnet: the one associated with it, else its VPC's main one. */
export function routeTableOf(networks: Networks, subnet: SubnetRecord): RouteTableRecord | undefined {
  const tables = networks.ofVpc(routeTables, subnet, subnet.vpcId);
  const named = tables.find(({ associations }) =>
    associations.some((association) => !association.main && association.subnetId === subnet.id),
  );
  return named ?? tables.find(({ associations }) => associations.some(({ main }) => main));
}
