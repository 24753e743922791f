import { ApiError } from '../../../protocol/api/index.ts';
import { changing, type Change, type ChangeDeps, type Ec2Handler } from '../core.ts';
import { invalidParameterValue, missingParameter, notFound } from '../errors.ts';
import { routeTables, type RouteTableAssociation, type RouteTableRecord } from '../records/route-table.ts';
import { found, routeTableOf, subnetOf } from '../references.ts';

const associated = { AssociationState: { State: 'associated' } } as const;

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateRouteTable.html */
export function associateRouteTable(deps: ChangeDeps): Ec2Handler<'AssociateRouteTable'> {
  return changing<'AssociateRouteTable'>(deps, ['RouteTableId', 'SubnetId'], (input, change) => {
    if (input.SubnetId === undefined) throw missingParameter('subnetId');
    const { networks, scope, writer } = change;
    const table = routeTableOf(change, input.RouteTableId);
    const { id: subnetId, vpcId } = subnetOf(change, input.SubnetId);
    if (vpcId !== table.vpcId) throw otherNetworks(table.id, subnetId);
    const isOfSubnet = (each: RouteTableAssociation): boolean => !each.main && each.subnetId === subnetId;
    const present = networks.ofVpc(routeTables, scope, vpcId).find(({ associations }) => associations.some(isOfSubnet));
    const own = table.associations.find(isOfSubnet);
    if (own !== undefined) return { AssociationId: own.id, ...associated };
    if (present !== undefined) {
      const sentence = `the specified association for route table ${table.id} conflicts with an existing association`;
      throw new ApiError('Resource.AlreadyAssociated', sentence);
    }
    const id = change.newId('rtbassoc');
    writer.put(routeTables, { ...table, associations: [...table.associations, { id, main: false, subnetId }] });
    return { AssociationId: id, ...associated };
  });
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateRouteTable.html */
export function disassociateRouteTable(deps: ChangeDeps): Ec2Handler<'DisassociateRouteTable'> {
  return changing<'DisassociateRouteTable'>(deps, ['AssociationId'], ({ AssociationId: id }, change) => {
    const { table, association } = associationOf(change, id);
    if (association.main) throw invalidParameterValue(`cannot disassociate the main route table association ${id}`);
    change.writer.put(routeTables, without(table, id));
    return {};
  });
}

/** Of the main association too: another table is the main one then. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRouteTableAssociation.html */
export function replaceRouteTableAssociation(deps: ChangeDeps): Ec2Handler<'ReplaceRouteTableAssociation'> {
  const takes = ['AssociationId', 'RouteTableId'] as const;
  return changing<'ReplaceRouteTableAssociation'>(deps, takes, ({ AssociationId: id, RouteTableId }, change) => {
    const { table, association } = associationOf(change, id);
    const target = routeTableOf(change, RouteTableId);
    if (target.vpcId !== table.vpcId) throw otherNetworks(target.id, table.id);
    const replaced = { ...association, id: change.newId('rtbassoc') };
    const rest = without(table, id);
    const base = target.id === table.id ? rest : target;
    if (base !== rest) change.writer.put(routeTables, rest);
    change.writer.put(routeTables, { ...base, associations: [...base.associations, replaced] });
    return { NewAssociationId: replaced.id, ...associated };
  });
}

interface Found {
  readonly table: RouteTableRecord;
  readonly association: RouteTableAssociation;
}

function associationOf(change: Change, id: string): Found {
  const missing = () => notFound('association', id);
  const isIt = (each: RouteTableAssociation): boolean => each.id === id;
  const all = change.networks.all(routeTables, change.scope);
  const table = routeTableOf(change, found(all, ({ associations }) => associations.some(isIt), missing).id);
  return { table, association: found(table.associations, isIt, missing) };
}

function without(table: RouteTableRecord, id: string): RouteTableRecord {
  return { ...table, associations: table.associations.filter((each) => each.id !== id) };
}

function otherNetworks(routeTableId: string, other: string): ApiError {
  return invalidParameterValue(`route table ${routeTableId} and ${other} belong to different networks`);
}
