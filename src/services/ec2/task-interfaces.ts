import { InvalidArgument, Unavailable } from '../../kernel/index.ts';
import type { Transaction } from '../../store/index.ts';
import { gatewayOf, parsePrefix } from './addresses.ts';
import { FreeAddresses } from './free-addresses.ts';
import { removeInterface, writeInterface, type NetworkInterfaceDeps } from './interfaces.ts';
import { maxGroupsOfInterface } from './limits.ts';
import { NetworkWriter, Networks } from './networks.ts';
import type { InterfaceRequest, TaskInterface, TaskInterfaces } from './ports.ts';
import { PublicAddresses } from './public-addresses.ts';
import { securityGroups } from './records/security-group.ts';
import { subnets, type SubnetRecord } from './records/subnet.ts';
import { vpcs } from './records/vpc.ts';

/** Interfaces for tasks. @param instanceOwnerId whose machines they are attached to; absent: AWS's */
export function taskInterfaces(deps: NetworkInterfaceDeps, instanceOwnerId?: string): TaskInterfaces {
  const addresses = new FreeAddresses(deps);
  const publicAddresses = new PublicAddresses(deps);
  const networks = new Networks(deps.database);
  return {
    create: (tx, request) => create(tx, { ...deps, addresses, publicAddresses, networks, instanceOwnerId }, request),
    remove: removeInterface,
    zone: (scope, subnetId) => networks.get(subnets, scope, subnetId)?.availabilityZone,
  };
}

interface Deps extends NetworkInterfaceDeps {
  readonly addresses: FreeAddresses;
  readonly publicAddresses: PublicAddresses;
  readonly networks: Networks;
  readonly instanceOwnerId: string | undefined;
}

function create(tx: Transaction, deps: Deps, request: InterfaceRequest): TaskInterface {
  const { scope, attachmentArn, assignPublicIp, chance } = request;
  const writer = new NetworkWriter(tx, scope);
  const { subnet, address } = deps.addresses.take(tx, allowedSubnets(writer, request), chance);
  const securityGroupIds = chosenGroups(deps.networks, writer, { request, vpcId: subnet.vpcId });
  const takePublicAddress = (id: string): string => deps.publicAddresses.take(tx, scope, id);
  const made = writeInterface(tx, deps, {
    scope,
    subnet,
    address,
    description: attachmentArn,
    securityGroupIds,
    ...(assignPublicIp ? { takePublicAddress } : {}),
    ...(deps.instanceOwnerId === undefined ? {} : { instanceOwnerId: deps.instanceOwnerId }),
  });
  const prefix = parsePrefix(subnet.cidr);
  return {
    networkInterfaceId: made.id,
    macAddress: made.macAddress,
    privateIpv4Address: address,
    privateDnsName: made.privateDnsName,
    subnetId: subnet.id,
    prefixLength: prefix.length,
    gateway: gatewayOf(prefix),
    vpcId: subnet.vpcId,
    vpcPrefixes: (deps.networks.get(vpcs, scope, subnet.vpcId)?.cidrs ?? []).map(({ cidr }) => cidr),
    availabilityZone: subnet.availabilityZone,
  };
}

function allowedSubnets(writer: NetworkWriter, { subnets: ids, zones }: InterfaceRequest): readonly SubnetRecord[] {
  const named = ids.map((id) => {
    const subnet = writer.get(subnets, id);
    if (subnet === undefined || subnet.deleting === true)
      throw new InvalidArgument(`The subnet ID '${id}' does not exist`);
    return subnet;
  });
  const vpcIds = new Set(named.map(({ vpcId }) => vpcId));
  if (vpcIds.size > 1) throw new InvalidArgument('subnets must be within the same VPC');
  const allowed = named.filter(({ availabilityZone }) => zones === undefined || zones.includes(availabilityZone));
  if (allowed.length === 0) {
    throw new Unavailable(`no subnet of ${ids.join(', ')} is in one of the availability zones ${zones?.join(', ')}`);
  }
  return allowed;
}

/** The groups asked for, or the VPC's default one. */
function chosenGroups(
  networks: Networks,
  writer: NetworkWriter,
  { request, vpcId }: { readonly request: InterfaceRequest; readonly vpcId: string },
): readonly string[] {
  const { scope, securityGroups: wanted } = request;
  if (wanted.length === 0) {
    const found = networks.ofVpc(securityGroups, scope, vpcId).find(({ name }) => name === 'default');
    if (found === undefined) throw new InvalidArgument(`The VPC '${vpcId}' has no default security group`);
    return [found.id];
  }
  for (const id of wanted) {
    const group = writer.get(securityGroups, id);
    if (group === undefined || group.deleting === true)
      throw new InvalidArgument(`The security group '${id}' does not exist`);
    if (group.vpcId !== vpcId)
      throw new InvalidArgument(`You have specified two resources that belong to different networks: ${id}, ${vpcId}`);
  }
  const chosen = [...new Set(wanted)];
  if (chosen.length > maxGroupsOfInterface) {
    throw new InvalidArgument(
      `SecurityGroupsPerInterfaceLimitExceeded: an interface is in at most ${maxGroupsOfInterface} security groups, not ${chosen.length}`,
    );
  }
  return chosen;
}
