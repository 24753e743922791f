import type { Change } from './core.ts';
import { defaultNetwork, everywhere, passEverything } from './default-network.ts';
import { limitExceeded } from './errors.ts';
import { maxVpcs } from './limits.ts';
import { networkAcls } from './records/network-acl.ts';
import { routeTables, type RouteRecord } from './records/route-table.ts';
import { securityGroups } from './records/security-group.ts';
import { vpcs, type VpcRecord } from './records/vpc.ts';

/** Writes a VPC with its main route table, default security group and default network ACL. */
export function writeVpc(
  change: Change,
  given: Pick<VpcRecord, 'tags' | 'isDefault'> & { readonly cidr: string; readonly routes?: readonly RouteRecord[] },
): { readonly vpc: VpcRecord; readonly networkAclId: string } {
  const { writer, networks, scope, newId } = change;
  if (networks.all(vpcs, scope).length >= maxVpcs) throw limitExceeded('VpcLimitExceeded', 'VPCs');
  const common = { ...scope, tags: {} };
  const { cidr, tags, isDefault, routes = [] } = given;
  const vpc: VpcRecord = {
    ...scope,
    tags,
    id: newId('vpc'),
    cidrs: [{ cidr, associationId: newId('vpc-cidr-assoc') }],
    isDefault,
    dhcpOptionsId: defaultNetwork(scope).dhcpOptions.id,
    enableDnsSupport: true,
    enableDnsHostnames: isDefault,
  };
  const vpcId = vpc.id;
  const groupId = newId('sg');
  const rule = { protocol: '-1', fromPort: -1, toPort: -1, tags: {} };
  writer.put(vpcs, vpc);
  writer.put(securityGroups, {
    ...common,
    id: groupId,
    name: 'default',
    description: 'default VPC security group',
    vpcId,
    rules: [
      { ...rule, id: newId('sgr'), isEgress: false, peer: { groupId } },
      { ...rule, id: newId('sgr'), isEgress: true, peer: { cidr: everywhere } },
    ],
  });
  writer.put(routeTables, {
    ...common,
    id: newId('rtb'),
    vpcId,
    associations: [{ id: newId('rtbassoc'), main: true }],
    routes,
  });
  const networkAclId = newId('acl');
  writer.put(networkAcls, { ...common, id: networkAclId, vpcId, isDefault: true, entries: passEverything });
  return { vpc, networkAclId };
}
