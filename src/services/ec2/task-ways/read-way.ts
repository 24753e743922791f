import type { Database } from '../../../store/index.ts';
import { formatAddress, parseAddress, parsePrefix } from '../addresses.ts';
import { endpointServices } from '../endpoint-services.ts';
import { Networks } from '../networks.ts';
import type { TaskDestination, TaskWays } from '../ports.ts';
import { interfaceEnd, readEnd } from '../reachability/read-end.ts';
import type { InterfaceEnd } from '../reachability/ends.ts';
import { networkInterfaces } from '../records/network-interface.ts';
import type { Scope } from '../records/scope.ts';
import { subnets } from '../records/subnet.ts';
import { vpcEndpoints, type VpcEndpointRecord } from '../records/vpc-endpoint.ts';
import { vpcs, type VpcRecord } from '../records/vpc.ts';
import { routeTableOf } from '../way-out.ts';
import { decideWay, type EndpointOfName, type Way, type WayQuestion } from './decide-way.ts';
import { destinationOfHost, registryPlace, serviceHost, standInAddress } from './places.ts';

/** What the tables say of the ways of tasks, at the moment somebody asks. */
export function taskWays(database: Database): TaskWays {
  return (scope, networkInterfaceId, destinations) => {
    const read = readFrom(database, scope, networkInterfaceId);
    return destinations.map((to) => (read === undefined ? unknown : answer(decideWay(questionOf(read, to)), read)));
  };
}

/** The way from an interface to a host by its name, for people. Undefined: the interface is not there. */
export function wayToHost(
  database: Database,
  scope: Scope,
  given: { readonly networkInterfaceId: string; readonly host: string; readonly port: number },
): Way | undefined {
  const read = readFrom(database, scope, given.networkInterfaceId);
  return read && decideWay(questionOf(read, destinationOfHost(given.host, given.port)));
}

/** Of an interface that is gone nothing is known; its task is ending. */
const unknown = { reachable: true, dial: '', because: '' };

function answer({ reachable, dial, steps, throughId }: Way, { vpc }: Read): ReturnType<TaskWays>[number] {
  const way = { reachable, dial, because: steps.at(-1)?.text ?? '' };
  return throughId === undefined ? way : { ...way, through: { id: throughId, vpcId: vpc.id } };
}

function readFrom(database: Database, scope: Scope, networkInterfaceId: string): Read | undefined {
  const networks = new Networks(database);
  const row = networks.get(networkInterfaces, scope, networkInterfaceId);
  const vpc = row && networks.get(vpcs, scope, row.vpcId);
  if (vpc === undefined) return undefined;
  const from = interfaceEnd(database, scope, networkInterfaceId);
  return { database, networks, scope, from, vpc, endpoints: networks.ofVpc(vpcEndpoints, scope, vpc.id) };
}

interface Read {
  readonly database: Database;
  readonly networks: Networks;
  readonly scope: Scope;
  readonly from: InterfaceEnd;
  readonly vpc: VpcRecord;
  readonly endpoints: readonly VpcEndpointRecord[];
}

function questionOf(read: Read, destination: TaskDestination): WayQuestion {
  const { database, scope, from, vpc } = read;
  const common = { from, ...(vpc.enableDnsSupport ? { nameServer: nameServerOf(vpc) } : {}) };
  if ('registry' in destination) {
    const { host, port } = registryPlace(destination.registry);
    const address = formatAddress(parseAddress(host)) === host ? host : standInAddress(host);
    return { ...common, host, port, to: readEnd(database, scope, address) };
  }
  const { service, region } = destination;
  const host = serviceHost(service, region, scope.account);
  const address = standInAddress(host);
  const question = { ...common, host, port: 443, to: { kind: 'outside', name: host, cidr: `${address}/32` } as const };
  // Endpoints are of services of their own region.
  if (region !== scope.region) return question;
  const endpoint = endpointOfName(read, service);
  const gateway = gatewayOf(read, service);
  return {
    ...question,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(gateway === undefined ? {} : { gateway }),
  };
}

/** The name server of a VPC is its second address. */
function nameServerOf({ cidrs }: VpcRecord): string {
  return formatAddress(parsePrefix(cidrs[0]?.cidr ?? '0.0.0.0/0').first + 2);
}

/** Private names of endpoints are answered only where both of the VPC's DNS attributes are on. */
function endpointOfName(
  { database, networks, scope, from, vpc, endpoints }: Read,
  service: string,
): EndpointOfName | undefined {
  if (!vpc.enableDnsSupport || !vpc.enableDnsHostnames) return undefined;
  const serviceName = `com.amazonaws.${scope.region}.${service}`;
  const named = endpoints.find(
    ({ serviceName: name, kind }) => name === serviceName && kind.type === 'Interface' && kind.privateDnsEnabled,
  );
  if (named?.kind.type !== 'Interface') return undefined;
  const zoneOf = (subnetId: string): string | undefined => networks.get(subnets, scope, subnetId)?.availabilityZone;
  const own = zoneOf(from.subnet.id);
  const sorted = [...named.kind.interfaces].sort(
    (a, b) => Number(zoneOf(b.subnetId) === own) - Number(zoneOf(a.subnetId) === own),
  );
  return {
    id: named.id,
    ends: sorted.map(({ networkInterfaceId }) => interfaceEnd(database, scope, networkInterfaceId)),
  };
}

/** The route of the subnet's table to the prefix list of a service that has gateway endpoints. */
function gatewayOf({ networks, scope, from, endpoints }: Read, service: string): WayQuestion['gateway'] {
  const prefixListId = endpointServices(scope.region).find(
    ({ name }) => name === `com.amazonaws.${scope.region}.${service}`,
  )?.prefixListId;
  const subnet = networks.get(subnets, scope, from.subnet.id);
  const table = subnet && routeTableOf(networks, subnet);
  if (prefixListId === undefined || table === undefined) return undefined;
  for (const { destination, target } of table.routes) {
    if (destination !== prefixListId || !('vpcEndpointId' in target)) continue;
    const { vpcEndpointId: endpointId } = target;
    if (endpoints.some(({ id }) => id === endpointId))
      return { endpointId, route: `the route of ${table.id} to ${endpointId}` };
  }
  return undefined;
}
