import { ApiError } from '../../protocol/api/index.ts';
import type { Change } from './core.ts';
import { endpointServices, type EndpointService } from './endpoint-services.ts';
import { invalidParameterValue, limitExceeded } from './errors.ts';
import { maxRoutes } from './limits.ts';
import { routeTables } from './records/route-table.ts';
import { vpcEndpoints, type EndpointInterface } from './records/vpc-endpoint.ts';
import type { VpcRecord } from './records/vpc.ts';
import { routeTableOf, subnetOf } from './references.ts';
import { makeInterface } from './user-interface.ts';

// What an endpoint consists of: routes of its prefix list, or interfaces in subnets.

export function endpointService(region: string, name: string): EndpointService {
  const service = endpointServices(region).find((each) => each.name === name);
  if (service === undefined)
    throw new ApiError('InvalidServiceName', `The Vpc Endpoint Service '${name}' does not exist`);
  return service;
}

interface Endpoint {
  readonly id: string;
  readonly vpcId: string;
  readonly service: EndpointService;
}

export function addRoutes(change: Change, { id, vpcId, service }: Endpoint, routeTableIds: readonly string[]): void {
  const destination = service.prefixListId ?? '';
  for (const routeTableId of new Set(routeTableIds)) {
    const table = routeTableOf(change, routeTableId);
    if (table.vpcId !== vpcId)
      throw invalidParameterValue(`route table ${routeTableId} and network ${vpcId} belong to different networks`);
    if (table.routes.some((route) => route.destination === destination)) {
      const sentence = `route table ${routeTableId} already has a route with destination-prefix-list-id ${destination}`;
      throw new ApiError('RouteAlreadyExists', sentence);
    }
    if (table.routes.length >= maxRoutes) throw limitExceeded('RouteLimitExceeded', 'routes');
    const routes = [...table.routes, { destination, target: { vpcEndpointId: id } }];
    change.writer.put(routeTables, { ...table, routes });
  }
}

/** Tables that are gone, or have no such route, are no error. */
export function removeRoutes({ writer }: Change, endpointId: string, routeTableIds: readonly string[]): void {
  for (const routeTableId of new Set(routeTableIds)) {
    const table = writer.get(routeTables, routeTableId);
    if (table === undefined) continue;
    const routes = table.routes.filter(
      ({ target }) => !('vpcEndpointId' in target && target.vpcEndpointId === endpointId),
    );
    if (routes.length < table.routes.length) writer.put(routeTables, { ...table, routes });
  }
}

/** An interface in each subnet, whose zones differ. @param present what the endpoint has already */
export function addInterfaces(
  change: Change,
  { id, vpcId }: Endpoint,
  options: {
    readonly subnetIds: readonly string[];
    readonly present: readonly EndpointInterface[];
    readonly securityGroupIds: readonly string[];
  },
): readonly EndpointInterface[] {
  const zones = new Set(options.present.map(({ subnetId }) => subnetOf(change, subnetId).availabilityZone));
  return [...new Set(options.subnetIds)].map((subnetId) => {
    const subnet = subnetOf(change, subnetId);
    if (subnet.vpcId !== vpcId)
      throw new ApiError('InvalidParameter', `The subnet ${subnetId} does not belong to the VPC ${vpcId}`);
    if (zones.has(subnet.availabilityZone)) {
      const sentence =
        `Found another VPC endpoint subnet in the availability zone of ${subnetId}. ` +
        'VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service.';
      throw new ApiError('DuplicateSubnetsInSameZone', sentence);
    }
    zones.add(subnet.availabilityZone);
    const made = makeInterface(change, {
      subnet,
      description: `VPC Endpoint Interface ${id}`,
      securityGroupIds: options.securityGroupIds,
      interfaceType: 'vpc_endpoint',
      instanceOwnerId: 'amazon-aws',
    });
    return { subnetId, networkInterfaceId: made.id };
  });
}

/** A service has its usual name once in a VPC, and only where names are resolved and given. */
export function checkPrivateDns({ networks, scope }: Change, vpc: VpcRecord, { id, service }: Endpoint): void {
  if (!vpc.enableDnsSupport || !vpc.enableDnsHostnames) {
    const sentence =
      'Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ';
    throw new ApiError('InvalidParameter', sentence + vpc.id);
  }
  const other = networks
    .ofVpc(vpcEndpoints, scope, vpc.id)
    .find(
      (each) =>
        each.id !== id &&
        each.serviceName === service.name &&
        'privateDnsEnabled' in each.kind &&
        each.kind.privateDnsEnabled,
    );
  if (other !== undefined) {
    const sentence =
      'private-dns-enabled cannot be set because there is already a conflicting DNS domain for ' +
      `${service.privateDnsName} in the VPC ${vpc.id}`;
    throw new ApiError('InvalidParameter', sentence);
  }
}
