import type { Clock, Ids } from '../../kernel/index.ts';
import { InvalidArgument, Unavailable } from '../../kernel/index.ts';
import type { Database, Transaction } from '../../store/index.ts';
import { gatewayOf, macOf, nextFreeAddress, parsePrefix, privateDnsName, usableAddresses } from './addresses.ts';
import { defaultNetwork, vpcCidr } from './default-network.ts';
import type { DefaultNetwork, SubnetInfo } from './default-network.ts';
import type { InterfaceRequest, TaskInterface, TaskInterfaces } from './ports.ts';
import { addresses, addressKey } from './records/address.ts';
import { networkInterfaceKey, networkInterfaces } from './records/network-interface.ts';
import type { Scope } from './records/scope.ts';

export interface TaskInterfacesDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** Interfaces for tasks, out of the default VPC. */
export function taskInterfaces(deps: TaskInterfacesDeps): TaskInterfaces {
  return new DefaultVpcInterfaces(deps);
}

class DefaultVpcInterfaces implements TaskInterfaces {
  readonly #deps: TaskInterfacesDeps;
  /** By subnet prefix, the place after the address given last: an address comes back only after the whole round. */
  readonly #nextPlaces = new Map<string, number>();
  /** Addresses chosen in a transaction that is still being built; the table does not show them yet. */
  readonly #chosen = new WeakMap<Transaction, Set<string>>();

  constructor(deps: TaskInterfacesDeps) {
    this.#deps = deps;
  }

  create(tx: Transaction, request: InterfaceRequest): TaskInterface {
    const { scope } = request;
    const network = defaultNetwork(scope);
    const subnets = allowedSubnets(network, request);
    const securityGroupIds = chosenGroups(network, request.securityGroups);
    const { subnet, address } = this.#takeAddress(tx, subnets, request.chance);
    const networkInterfaceId = `eni-0${this.#deps.ids.hex(16)}`;
    const macAddress = macOf(address);
    const dnsName = privateDnsName(address, scope.region);
    tx.create(addresses, addressKey(address), { ...scope, address, cidr: subnet.cidr, networkInterfaceId });
    tx.create(networkInterfaces, networkInterfaceKey(scope, networkInterfaceId), {
      ...scope,
      id: networkInterfaceId,
      description: request.attachmentArn,
      vpcId: network.vpcId,
      subnetId: subnet.id,
      availabilityZone: subnet.availabilityZone,
      privateIpAddress: address,
      privateDnsName: dnsName,
      macAddress,
      securityGroupIds,
      requesterManaged: true,
      attachmentId: `ela-attach-0${this.#deps.ids.hex(16)}`,
      createdAtMs: this.#deps.clock.nowMs(),
    });
    const prefix = parsePrefix(subnet.cidr);
    return {
      networkInterfaceId,
      macAddress,
      privateIpv4Address: address,
      privateDnsName: dnsName,
      subnetId: subnet.id,
      prefixLength: prefix.length,
      gateway: gatewayOf(prefix),
      vpcId: network.vpcId,
      vpcPrefixes: [vpcCidr],
      availabilityZone: subnet.availabilityZone,
      // The default subnets lead to an internet gateway, which serves only who has a public address.
      internetAccess: request.assignPublicIp,
    };
  }

  zone(scope: Scope, subnetId: string): string | undefined {
    return defaultNetwork(scope).subnets.find(({ id }) => id === subnetId)?.availabilityZone;
  }

  remove(tx: Transaction, scope: Scope, networkInterfaceId: string): void {
    const key = networkInterfaceKey(scope, networkInterfaceId);
    const row = tx.get(networkInterfaces, key);
    if (row === undefined) return;
    tx.delete(networkInterfaces, key);
    tx.delete(addresses, addressKey(row.privateIpAddress));
  }

  /** An address of one of the subnets, beginning with the one that chance says. */
  #takeAddress(
    tx: Transaction,
    subnets: readonly SubnetInfo[],
    chance: number,
  ): { subnet: SubnetInfo; address: string } {
    const table = this.#deps.database.table(addresses);
    const chosen = this.#chosen.get(tx) ?? new Set<string>();
    this.#chosen.set(tx, chosen);
    const first = Math.floor(chance * subnets.length);
    for (const subnet of [...subnets.slice(first), ...subnets.slice(0, first)]) {
      const prefix = parsePrefix(subnet.cidr);
      if (table.count('cidr', subnet.cidr) >= usableAddresses(prefix)) continue;
      const start =
        this.#nextPlaces.get(subnet.cidr) ?? Math.floor(this.#deps.ids.fraction() * usableAddresses(prefix));
      const isFree = (address: string): boolean => !chosen.has(address) && table.get(addressKey(address)) === undefined;
      const found = nextFreeAddress(prefix, start, isFree);
      if (found === undefined) continue;
      this.#nextPlaces.set(subnet.cidr, found.nextPlace);
      chosen.add(found.address);
      return { subnet, address: found.address };
    }
    const names = subnets.map(({ id }) => id).join(', ');
    throw new Unavailable(`InsufficientFreeAddressesInSubnet: no free private address is left in ${names}`);
  }
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
