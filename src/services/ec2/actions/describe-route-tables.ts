import type { Handler } from '../../../protocol/api/index.ts';
import type { Operations, RouteTable } from '../../../protocol/generated/ec2.ts';
import { describing } from '../core.ts';
import { defaultNetwork } from '../default-network.ts';
import type { DefaultNetwork } from '../default-network.ts';
import { chooseFew } from '../describe.ts';
import type { FilterFields } from '../filters.ts';

type Action = Handler<Operations['DescribeRouteTables']['input'], Operations['DescribeRouteTables']['output']>;

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRouteTables.html */
export function describeRouteTables(): Action {
  return describing<'DescribeRouteTables'>((input, scope) => {
    const fields: FilterFields<DefaultNetwork> = {
      'association.main': () => ['true'],
      'association.route-table-association-id': ({ routeTableAssociationId }) => [routeTableAssociationId],
      'association.route-table-id': ({ routeTableId }) => [routeTableId],
      // The subnets have no association of their own: the main table is theirs.
      'association.subnet-id': () => [],
      'owner-id': () => [scope.account],
      'route-table-id': ({ routeTableId }) => [routeTableId],
      'route.destination-cidr-block': ({ cidr }) => [cidr, '0.0.0.0/0'],
      'route.gateway-id': ({ internetGatewayId }) => ['local', internetGatewayId],
      'route.origin': () => ['CreateRouteTable', 'CreateRoute'],
      'route.state': () => ['active'],
      'vpc-id': ({ vpcId }) => [vpcId],
    };
    const { items, next } = chooseFew(input, {
      items: [defaultNetwork(scope)],
      kind: 'routeTable',
      ids: input.RouteTableIds,
      idOf: ({ routeTableId }) => routeTableId,
      fields,
      maxResults: 100,
    });
    return { RouteTables: items.map((network) => shape(network, scope.account)), ...next };
  });
}

function shape(network: DefaultNetwork, account: string): RouteTable {
  return {
    RouteTableId: network.routeTableId,
    VpcId: network.vpcId,
    OwnerId: account,
    Associations: [
      {
        Main: true,
        RouteTableAssociationId: network.routeTableAssociationId,
        RouteTableId: network.routeTableId,
        AssociationState: { State: 'associated' },
      },
    ],
    Routes: [
      { DestinationCidrBlock: network.cidr, GatewayId: 'local', Origin: 'CreateRouteTable', State: 'active' },
      {
        DestinationCidrBlock: '0.0.0.0/0',
        GatewayId: network.internetGatewayId,
        Origin: 'CreateRoute',
        State: 'active',
      },
    ],
    PropagatingVgws: [],
    Tags: [],
  };
}
