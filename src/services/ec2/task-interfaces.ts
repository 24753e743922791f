import { InvalidArgument, Unavailable } from '../../kernel/index.ts';
import type { Transaction } from '../../store/index.ts';
import { gatewayOf, parsePrefix } from './addresses.ts';
import { defaultNetwork, vpcCidr } from './default-network.ts';
import type { DefaultNetwork, SubnetInfo } from './default-network.ts';
import { FreeAddresses } from './free-addresses.ts';
import { removeInterface, writeInterface, type NetworkInterfaceDeps } from './interfaces.ts';
import type { InterfaceRequest, TaskInterface, TaskInterfaces } from './ports.ts';

/** Interfaces for tasks, out of the default VPC. */
export function taskInterfaces(deps: NetworkInterfaceDeps): TaskInterfaces {
  const addresses = new FreeAddresses(deps);
  return {
    create: (tx, request) => create(tx, deps, addresses, request),
    remove: removeInterface,
    zone: (scope, subnetId) => defaultNetwork(scope).subnets.find(({ id }) => id === subnetId)?.availabilityZone,
  };
}

function create(
  tx: Transaction,
  deps: NetworkInterfaceDeps,
  addresses: FreeAddresses,
  request: InterfaceRequest,
): TaskInterface {
  const { scope, attachmentArn, assignPublicIp, chance } = request;
  const network = defaultNetwork(scope);
  const subnets = allowedSubnets(network, request);
  const securityGroupIds = chosenGroups(network, request.securityGroups);
  const { subnet, address } = addresses.take(tx, subnets, chance);
  const made = writeInterface(tx, deps, { scope, subnet, address, description: attachmentArn, securityGroupIds });
  const prefix = parsePrefix(subnet.cidr);
  return {
    networkInterfaceId: made.id,
    macAddress: made.macAddress,
    privateIpv4Address: address,
    privateDnsName: made.privateDnsName,
    subnetId: subnet.id,
    prefixLength: prefix.length,
    gateway: gatewayOf(prefix),
    vpcId: network.vpcId,
    vpcPrefixes: [vpcCidr],
    availabilityZone: subnet.availabilityZone,
    // The default subnets lead to an internet gateway, which serves only who has a public address.
    internetAccess: assignPublicIp,
  };
}

function allowedSubnets(network: DefaultNetwork, { subnets, zones }: InterfaceRequest): readonly SubnetInfo[] {
  const named = subnets.map((id) => {
    const subnet = network.subnets.find((each) => each.id === id);
    if (subnet === undefined) throw new InvalidArgument(`The subnet ID '${id}' does not exist`);
    return subnet;
  });
  const allowed = named.filter(({ availabilityZone }) => zones === undefined || zones.includes(availabilityZone));
  if (allowed.length === 0) {
    throw new Unavailable(
      `no subnet of ${subnets.join(', ')} is in one of the availability zones ${zones?.join(', ')}`,
    );
  }
  return allowed;
}

function chosenGroups({ securityGroup }: DefaultNetwork, wanted: readonly string[]): readonly string[] {
  for (const id of wanted) {
    if (id !== securityGroup.id) throw new InvalidArgument(`The security group '${id}' does not exist`);
  }
  return wanted.length === 0 ? [securityGroup.id] : [...new Set(wanted)];
}
