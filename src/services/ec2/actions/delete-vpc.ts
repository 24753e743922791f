import { changing, type Change, type ChangeDeps, type Ec2Handler } from '../core.ts';
import { inUse } from '../errors.ts';
import { internetGateways } from '../records/internet-gateway.ts';
import { natGateways } from '../records/nat-gateway.ts';
import { networkAcls } from '../records/network-acl.ts';
import { routeTables } from '../records/route-table.ts';
import { securityGroups } from '../records/security-group.ts';
import { subnets } from '../records/subnet.ts';
import { vpcEndpoints } from '../records/vpc-endpoint.ts';
import { vpcs } from '../records/vpc.ts';
import { vpcOf } from '../references.ts';

/** What came with the VPC goes with it; what users made in it must be gone. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html */
export function deleteVpc(deps: ChangeDeps): Ec2Handler<'DeleteVpc'> {
  return changing<'DeleteVpc'>(deps, ['VpcId'], ({ VpcId: id }, change) => {
    vpcOf(change, id);
    const { networks, scope, writer } = change;
    if (hasContents(change, id)) throw inUse(`vpc '${id}'`);
    for (const { id: each } of networks.ofVpc(securityGroups, scope, id)) writer.delete(securityGroups, each);
    for (const { id: each } of networks.ofVpc(routeTables, scope, id)) writer.delete(routeTables, each);
    for (const { id: each } of networks.ofVpc(networkAcls, scope, id)) writer.delete(networkAcls, each);
    writer.delete(vpcs, id);
    return {};
  });
}

function hasContents({ networks, scope }: Change, id: string): boolean {
  return (
    networks.ofVpc(subnets, scope, id).length > 0 ||
    networks.ofVpc(internetGateways, scope, id).length > 0 ||
    networks.ofVpc(vpcEndpoints, scope, id).length > 0 ||
    networks.ofVpc(natGateways, scope, id).some(({ deletedAtMs }) => deletedAtMs === undefined) ||
    networks.ofVpc(securityGroups, scope, id).some(({ name }) => name !== 'default') ||
    networks.ofVpc(routeTables, scope, id).some(({ associations }) => !associations.some(({ main }) => main)) ||
    networks.ofVpc(networkAcls, scope, id).some(({ isDefault }) => !isDefault)
  );
}
