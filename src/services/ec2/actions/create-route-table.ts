import { changing, type Change, type ChangeDeps, type Ec2Handler } from '../core.ts';
import { inUse, limitExceeded } from '../errors.ts';
import { placeOf } from '../idempotency.ts';
import { maxRouteTables } from '../limits.ts';
import { routeTables, type RouteTableRecord } from '../records/route-table.ts';
import { vpcEndpoints } from '../records/vpc-endpoint.ts';
import { routeTableOf, vpcOf } from '../references.ts';
import { RouteTargets } from '../route-targets.ts';
import { tagsFor } from '../tags.ts';
import { routeTableShape, shownRoutes } from './describe-route-tables.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRouteTable.html */
export function createRouteTable(deps: ChangeDeps): Ec2Handler<'CreateRouteTable'> {
  return changing<'CreateRouteTable'>(deps, ['VpcId', 'ClientToken', 'TagSpecifications'], (input, change) => {
    const { networks, scope, writer } = change;
    const token = input.ClientToken === undefined ? {} : { ClientToken: input.ClientToken };
    const vpc = vpcOf(change, input.VpcId);
    const answer = (table: RouteTableRecord) => ({
      RouteTable: routeTableShape(table, shownRoutes(table, vpc, new RouteTargets(networks, scope))),
      ...token,
    });
    const place = placeOf(change, { table: routeTables, prefix: 'rtb', input });
    if ('earlier' in place) return answer(place.earlier);
    if (networks.ofVpc(routeTables, scope, vpc.id).length >= maxRouteTables)
      throw limitExceeded('RouteTableLimitExceeded', 'route tables');
    const table: RouteTableRecord = {
      ...scope,
      ...place.idempotent,
      id: place.id,
      tags: tagsFor('route-table', input.TagSpecifications),
      vpcId: vpc.id,
      associations: [],
      routes: [],
    };
    writer.put(routeTables, table);
    return answer(table);
  });
}

/** Gateway endpoints do not name what is gone. */
function leaveEndpoints({ networks, scope, writer }: Change, id: string): void {
  for (const endpoint of networks.all(vpcEndpoints, scope)) {
    const { kind } = endpoint;
    if (kind.type !== 'Gateway' || !kind.routeTableIds.includes(id)) continue;
    const routeTableIds = kind.routeTableIds.filter((each) => each !== id);
    writer.put(vpcEndpoints, { ...endpoint, kind: { ...kind, routeTableIds } });
  }
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRouteTable.html */
export function deleteRouteTable(deps: ChangeDeps): Ec2Handler<'DeleteRouteTable'> {
  return changing<'DeleteRouteTable'>(deps, ['RouteTableId'], ({ RouteTableId: id }, change) => {
    if (routeTableOf(change, id).associations.length > 0) throw inUse(`routeTable '${id}'`);
    leaveEndpoints(change, id);
    change.writer.delete(routeTables, id);
    return {};
  });
}
