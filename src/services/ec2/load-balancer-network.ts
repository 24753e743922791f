import { InvalidArgument } from '../../kernel/index.ts';
import type { Transaction } from '../../store/index.ts';
import { FreeAddresses } from './free-addresses.ts';
import { removeInterface, writeInterface, type NetworkInterfaceDeps } from './interfaces.ts';
import { NetworkWriter, Networks } from './networks.ts';
import type {
  LoadBalancerInterface,
  LoadBalancerInterfaceRequest,
  InstancePlace,
  LoadBalancerNetwork,
  Machine,
  Machines,
  NetworkSubnet,
  NetworkVpc,
} from './ports.ts';
import { PublicAddresses } from './public-addresses.ts';
import { networkInterfaceKey, networkInterfaces } from './records/network-interface.ts';
import type { Scope } from './records/scope.ts';
import { securityGroups } from './records/security-group.ts';
import { subnets, type SubnetRecord } from './records/subnet.ts';
import { vpcs } from './records/vpc.ts';

/** Networks for load balancers and their targets. @param instanceOwnerId whose machines the interfaces are attached to */
export function loadBalancerNetwork(
  deps: NetworkInterfaceDeps & { readonly machines?: Machines },
  instanceOwnerId = 'amazon-elb',
): LoadBalancerNetwork {
  const addresses = new FreeAddresses(deps);
  const publicAddresses = new PublicAddresses(deps);
  const networks = new Networks(deps.database);

  /** Read in the transaction: a subnet that is deleted meanwhile gets no interface. */
  function subnetOf(tx: Transaction, scope: Scope, id: string): SubnetRecord {
    const subnet = new NetworkWriter(tx, scope).get(subnets, id);
    if (subnet === undefined || subnet.deleting === true)
      throw new InvalidArgument(`The subnet ID '${id}' does not exist`);
    return subnet;
  }

  return {
    subnet(scope, id): NetworkSubnet | undefined {
      const found = networks.get(subnets, scope, id);
      return found && subnetFacts(found);
    },
    vpc(scope, id): NetworkVpc | undefined {
      const found = networks.get(vpcs, scope, id);
      if (found === undefined) return undefined;
      const all = networks.ofVpc(subnets, scope, id).map(subnetFacts);
      const cidrs = found.cidrs.map(({ cidr }) => cidr);
      return { id, cidr: cidrs[0] ?? '', cidrs, subnets: all };
    },
    securityGroupVpc(scope, id): string | undefined {
      const group = networks.get(securityGroups, scope, id);
      return group?.deleting === true ? undefined : group?.vpcId;
    },
    defaultSecurityGroup: (scope, vpcId) =>
      networks.ofVpc(securityGroups, scope, vpcId).find(({ name }) => name === 'default')?.id ?? '',
    instanceAddress(scope, id): InstancePlace | undefined {
      for (const machine of deps.machines?.all(scope) ?? []) if (machine.id === id) return instancePlace(machine);
      return undefined;
    },
    createInterface: (tx, request) => create(tx, request),
    setSecurityGroups(tx, scope, networkInterfaceId, securityGroupIds) {
      const key = networkInterfaceKey(scope, networkInterfaceId);
      const row = tx.get(networkInterfaces, key);
      if (row === undefined) return;
      useGroups(tx, scope, securityGroupIds);
      tx.put(networkInterfaces, key, { ...row, securityGroupIds });
    },
    removeInterface,
  };

  function create(tx: Transaction, request: LoadBalancerInterfaceRequest): LoadBalancerInterface {
    const { scope, privateIpv4Address: wanted, description, securityGroups: securityGroupIds } = request;
    const subnet = subnetOf(tx, scope, request.subnetId);
    useGroups(tx, scope, securityGroupIds);
    const address =
      wanted === undefined ? addresses.take(tx, [subnet], 0).address : addresses.takeThis(tx, subnet, wanted);
    const takePublicAddress = (id: string): string => publicAddresses.take(tx, scope, id);
    const made = writeInterface(tx, deps, {
      scope,
      subnet,
      address,
      description,
      securityGroupIds,
      ...(request.hasPublicAddress ? { takePublicAddress } : {}),
      ...(request.type === 'network' ? { interfaceType: 'network_load_balancer' } : {}),
      instanceOwnerId,
    });
    return {
      networkInterfaceId: made.id,
      privateIpv4Address: address,
      availabilityZone: subnet.availabilityZone,
    };
  }
}

/** Reads groups in `tx`, so that none of them goes meanwhile. @throws InvalidArgument when one is gone */
function useGroups(tx: Transaction, scope: Scope, ids: readonly string[]): void {
  const writer = new NetworkWriter(tx, scope);
  for (const id of ids) {
    const group = writer.get(securityGroups, id);
    if (group === undefined || group.deleting === true)
      throw new InvalidArgument(`The security group '${id}' does not exist`);
  }
}

/** Which VPC a machine is in, its agent says, or nobody. */
function instancePlace({ vpcId, address, availabilityZone }: Machine): InstancePlace | undefined {
  if (vpcId === undefined || address === undefined || availabilityZone === undefined) return undefined;
  return { vpcId, privateIpv4Address: address, availabilityZone };
}

function subnetFacts({ id, vpcId, availabilityZone, availabilityZoneId, cidr }: SubnetRecord): NetworkSubnet {
  return { id, vpcId, availabilityZone, availabilityZoneId, cidr };
}
