import type { InterfacePolicy } from '../../network-protocol/index.ts';
import { everywhere } from './default-network.ts';
import type { Networks } from './networks.ts';
import { routeTables, type RouteTableRecord } from './records/route-table.ts';
import type { SubnetRecord } from './records/subnet.ts';

/**
 * Where packets of an interface go that leave the VPC.
 * @param hasPublicAddress an internet gateway serves only who has one. https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
 */
export function wayOut(networks: Networks, subnet: SubnetRecord, hasPublicAddress: boolean): InterfacePolicy['wayOut'] {
  const target = routeTableOf(networks, subnet)?.routes.find(({ destination }) => destination === everywhere)?.target;
  if (target === undefined) return 'none';
  if ('natGatewayId' in target) return 'nat';
  return 'internetGatewayId' in target && hasPublicAddress ? 'internet' : 'none';
}

/** The route table of a subnet: the one associated with it, else its VPC's main one. */
export function routeTableOf(networks: Networks, subnet: SubnetRecord): RouteTableRecord | undefined {
  const tables = networks.ofVpc(routeTables, subnet, subnet.vpcId);
  const named = tables.find(({ associations }) =>
    associations.some((association) => !association.main && association.subnetId === subnet.id),
  );
  return named ?? tables.find(({ associations }) => associations.some(({ main }) => main));
}
