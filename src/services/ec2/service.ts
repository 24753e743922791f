import { implement } from '../../protocol/api/index.ts';
import type { ServiceDefinition } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/ec2.ts';
import { securityGroupAuthorization } from './authorization-security-groups.ts';
import { ec2Authorization } from './authorization/index.ts';
import type { Ec2Deps } from './core.ts';
import { invalidInput } from './errors.ts';
import { ec2Handlers } from './handlers.ts';
import { Networks } from './networks.ts';
import { addresses } from './records/address.ts';
import { defaultNetworkMarks } from './records/default-network-mark.ts';
import { dhcpOptions } from './records/dhcp-options.ts';
import { elasticIps } from './records/elastic-ip.ts';
import { internetGateways } from './records/internet-gateway.ts';
import { natGateways } from './records/nat-gateway.ts';
import { networkAcls } from './records/network-acl.ts';
import { networkChanges } from './records/network-changes.ts';
import { networkInterfaces } from './records/network-interface.ts';
import { nodeMachines } from './records/node-machine.ts';
import { publicAddressRows } from './records/public-address.ts';
import { prefixLists } from './records/prefix-list.ts';
import { routeTables } from './records/route-table.ts';
import { securityGroups } from './records/security-group.ts';
import { snapshots } from './records/snapshot.ts';
import { subnets } from './records/subnet.ts';
import { volumes } from './records/volume.ts';
import { vpcEndpoints } from './records/vpc-endpoint.ts';
import { vpcs } from './records/vpc.ts';
import type { PolicyGateway } from './policy-gateway/gateway.ts';
import type { MachineOf } from './reachability/read-end.ts';
import { reachabilityRoute } from './reachability/route.ts';

/** The tables the database must hold for this service. */
export const ec2Tables = [
  addresses,
  defaultNetworkMarks,
  dhcpOptions,
  elasticIps,
  internetGateways,
  natGateways,
  networkAcls,
  networkChanges,
  networkInterfaces,
  nodeMachines,
  publicAddressRows,
  prefixLists,
  routeTables,
  securityGroups,
  snapshots,
  subnets,
  volumes,
  vpcEndpoints,
  vpcs,
] as const;

/**
 * The part of Amazon EC2 that tasks need: networks, and volumes of EBS.
 * @param gateway the policy gateway, if there is one
 */
export function ec2Service(deps: Ec2Deps, gateway?: Pick<PolicyGateway, 'routes' | 'machineOf'>): ServiceDefinition {
  const machineOf: MachineOf = (vpcId, address) => gateway?.machineOf(vpcId, address);
  return implement<Operations>({
    name: 'ec2',
    authorization: { ...ec2Authorization(deps), ...securityGroupAuthorization(new Networks(deps.database)) },
    invalid: invalidInput,
    sockets: gateway?.routes ?? [],
    ownRoutes: [reachabilityRoute(deps.database, machineOf)],
    handlers: ec2Handlers(deps),
  });
}
