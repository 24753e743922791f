import { implement } from '../../protocol/api/index.ts';
import type { ServiceDefinition, SocketRoute } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/ec2.ts';
import { describeAccountAttributes } from './actions/describe-account-attributes.ts';
import { describeAvailabilityZones } from './actions/describe-availability-zones.ts';
import { describeInternetGateways } from './actions/describe-internet-gateways.ts';
import { describeNetworkInterfaces } from './actions/describe-network-interfaces.ts';
import { describeRegions } from './actions/describe-regions.ts';
import { describeRouteTables } from './actions/describe-route-tables.ts';
import { describeSubnets } from './actions/describe-subnets.ts';
import { describeVpcAttribute } from './actions/describe-vpc-attribute.ts';
import { describeVpcs } from './actions/describe-vpcs.ts';
import { securityGroupAuthorization } from './authorization-security-groups.ts';
import { ec2Authorization } from './authorization.ts';
import type { Ec2Deps } from './core.ts';
import { invalidInput } from './errors.ts';
import { Networks } from './networks.ts';
import { addresses } from './records/address.ts';
import { defaultNetworkMarks } from './records/default-network-mark.ts';
import { internetGateways } from './records/internet-gateway.ts';
import { networkChanges } from './records/network-changes.ts';
import { networkInterfaces } from './records/network-interface.ts';
import { prefixLists } from './records/prefix-list.ts';
import { routeTables } from './records/route-table.ts';
import { securityGroups } from './records/security-group.ts';
import { subnets } from './records/subnet.ts';
import { vpcs } from './records/vpc.ts';
import { securityGroupHandlers } from './security-groups/handlers.ts';

/** The tables the database must hold for this service. */
export const ec2Tables = [
  addresses,
  defaultNetworkMarks,
  internetGateways,
  networkChanges,
  networkInterfaces,
  prefixLists,
  routeTables,
  securityGroups,
  subnets,
  vpcs,
] as const;

/**
 * The part of Amazon EC2 that tasks need: networks.
 * @param sockets of the policy gateway
 */
export function ec2Service(deps: Ec2Deps, sockets: readonly SocketRoute[] = []): ServiceDefinition {
  return implement<Operations>({
    name: 'ec2',
    authorization: { ...ec2Authorization, ...securityGroupAuthorization(new Networks(deps.database)) },
    invalid: invalidInput,
    sockets,
    handlers: {
      DescribeAccountAttributes: describeAccountAttributes(deps),
      DescribeAvailabilityZones: describeAvailabilityZones(),
      DescribeInternetGateways: describeInternetGateways(deps),
      DescribeNetworkInterfaces: describeNetworkInterfaces(deps),
      DescribeRegions: describeRegions(),
      DescribeRouteTables: describeRouteTables(deps),
      DescribeSubnets: describeSubnets(deps),
      DescribeVpcAttribute: describeVpcAttribute(deps),
      DescribeVpcs: describeVpcs(deps),
      ...securityGroupHandlers(deps),
    },
  });
}
