import type { ApiError } from '../../protocol/api/index.ts';
import type { Change } from './core.ts';
import { notFound, type Kind } from './errors.ts';
import type { ScopedTable } from './records/network-table.ts';
import { elasticIps, type ElasticIpRecord } from './records/elastic-ip.ts';
import { internetGateways, type InternetGatewayRecord } from './records/internet-gateway.ts';
import { networkAcls, type NetworkAclRecord } from './records/network-acl.ts';
import { networkInterfaces, type NetworkInterfaceRecord } from './records/network-interface.ts';
import { routeTables, type RouteTableRecord } from './records/route-table.ts';
import type { NetworkThing } from './records/scope.ts';
import { subnets, type SubnetRecord } from './records/subnet.ts';
import { vpcEndpoints, type VpcEndpointRecord } from './records/vpc-endpoint.ts';
import { vpcs, type VpcRecord } from './records/vpc.ts';

// What a request names, in the transaction, or AWS's error.

export type Rows = Pick<Change, 'writer'>;

function needed<Row extends NetworkThing>(table: ScopedTable<Row>, kind: Kind) {
  return ({ writer }: Rows, id: string): Row => {
    const row = writer.get(table, id);
    if (row === undefined) throw notFound(kind, id);
    return row;
  };
}

type Needed<Row> = (rows: Rows, id: string) => Row;

export const vpcOf: Needed<VpcRecord> = needed(vpcs, 'vpc');
export const subnetOf: Needed<SubnetRecord> = needed(subnets, 'subnet');
export const routeTableOf: Needed<RouteTableRecord> = needed(routeTables, 'routeTable');
export const internetGatewayOf: Needed<InternetGatewayRecord> = needed(internetGateways, 'internetGateway');
export const networkAclOf: Needed<NetworkAclRecord> = needed(networkAcls, 'networkAcl');
export const elasticIpOf: Needed<ElasticIpRecord> = needed(elasticIps, 'elasticIp');
export const vpcEndpointOf: Needed<VpcEndpointRecord> = needed(vpcEndpoints, 'vpcEndpoint');
export const interfaceOf: Needed<NetworkInterfaceRecord> = needed(networkInterfaces, 'networkInterface');

/** Something of a list, such as the route table that has a certain association. @throws what `missing` makes */
export function found<Item>(items: Iterable<Item>, test: (item: Item) => boolean, missing: () => ApiError): Item {
  for (const item of items) if (test(item)) return item;
  throw missing();
}
