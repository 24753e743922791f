import { InvalidArgument } from '../../kernel/index.ts';
import type { Transaction } from '../../store/index.ts';
import { FreeAddresses } from './free-addresses.ts';
import { removeInterface, writeInterface, type NetworkInterfaceDeps } from './interfaces.ts';
import { Networks } from './networks.ts';
import type {
  LoadBalancerInterface,
  LoadBalancerInterfaceRequest,
  LoadBalancerNetwork,
  NetworkSubnet,
  NetworkVpc,
} from './ports.ts';
import { networkInterfaceKey, networkInterfaces } from './records/network-interface.ts';
import type { Scope } from './records/scope.ts';
import { securityGroups } from './records/security-group.ts';
import { subnets, type SubnetRecord } from './records/subnet.ts';
import { vpcs } from './records/vpc.ts';

/** Networks for load balancers and their targets. @param instanceOwnerId whose machines the interfaces are attached to */
export function loadBalancerNetwork(deps: NetworkInterfaceDeps, instanceOwnerId = 'amazon-elb'): LoadBalancerNetwork {
  const addresses = new FreeAddresses(deps);
  const networks = new Networks(deps.database);

  function subnetOf(scope: Scope, id: string): SubnetRecord {
    const subnet = networks.get(subnets, scope, id);
    if (subnet === undefined) throw new InvalidArgument(`The subnet ID '${id}' does not exist`);
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
      return { id, cidr: found.cidrs[0]?.cidr ?? '', subnets: all };
    },
    securityGroupVpc: (scope, id) => networks.get(securityGroups, scope, id)?.vpcId,
    defaultSecurityGroup: (scope, vpcId) =>
      networks.ofVpc(securityGroups, scope, vpcId).find(({ name }) => name === 'default')?.id ?? '',
    // There are no EC2 instances.
    instanceAddress: () => undefined,
    createInterface: (tx, request) => create(tx, request),
    setSecurityGroups(tx, scope, networkInterfaceId, securityGroupIds) {
      const key = networkInterfaceKey(scope, networkInterfaceId);
      const row = tx.get(networkInterfaces, key);
      if (row !== undefined) tx.put(networkInterfaces, key, { ...row, securityGroupIds });
    },
    removeInterface,
  };

  function create(tx: Transaction, request: LoadBalancerInterfaceRequest): LoadBalancerInterface {
    const { scope, privateIpv4Address: wanted, description, securityGroups: securityGroupIds, type } = request;
    const subnet = subnetOf(scope, request.subnetId);
    const address =
      wanted === undefined ? addresses.take(tx, [subnet], 0).address : addresses.takeThis(tx, subnet, wanted);
    const made = writeInterface(tx, deps, {
      scope,
      subnet,
      address,
      description,
      securityGroupIds,
      ...(type === 'network' ? { interfaceType: 'network_load_balancer' } : {}),
      instanceOwnerId,
    });
    return {
      networkInterfaceId: made.id,
      privateIpv4Address: address,
      availabilityZone: subnet.availabilityZone,
    };
  }
}

function subnetFacts({ id, vpcId, availabilityZone, cidr }: SubnetRecord): NetworkSubnet {
  return { id, vpcId, availabilityZone, cidr };
}
