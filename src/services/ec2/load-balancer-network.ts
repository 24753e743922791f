import { InvalidArgument } from '../../kernel/index.ts';
import type { Transaction } from '../../store/index.ts';
import { defaultNetwork, vpcCidr, type SubnetInfo } from './default-network.ts';
import { FreeAddresses } from './free-addresses.ts';
import { removeInterface, writeInterface, type NetworkInterfaceDeps } from './interfaces.ts';
import type {
  LoadBalancerInterface,
  LoadBalancerInterfaceRequest,
  LoadBalancerNetwork,
  NetworkSubnet,
  NetworkVpc,
} from './ports.ts';
import { networkInterfaceKey, networkInterfaces } from './records/network-interface.ts';
import type { Scope } from './records/scope.ts';

/** The default VPC for load balancers and their targets. */
export function loadBalancerNetwork(deps: NetworkInterfaceDeps): LoadBalancerNetwork {
  const addresses = new FreeAddresses(deps);

  function subnetOf(scope: Scope, id: string): SubnetInfo {
    const subnet = defaultNetwork(scope).subnets.find((each) => each.id === id);
    if (subnet === undefined) throw new InvalidArgument(`The subnet ID '${id}' does not exist`);
    return subnet;
  }

  return {
    subnet: (scope, id) =>
      defaultNetwork(scope)
        .subnets.map(subnetFacts)
        .find((each) => each.id === id),
    vpc(scope, id): NetworkVpc | undefined {
      const { vpcId, subnets } = defaultNetwork(scope);
      return id === vpcId ? { id, cidr: vpcCidr, subnets: subnets.map(subnetFacts) } : undefined;
    },
    securityGroupVpc(scope, id) {
      const { vpcId, securityGroup } = defaultNetwork(scope);
      return id === securityGroup.id ? vpcId : undefined;
    },
    defaultSecurityGroup: (scope) => defaultNetwork(scope).securityGroup.id,
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
      instanceOwnerId: 'amazon-elb',
    });
    return {
      networkInterfaceId: made.id,
      privateIpv4Address: address,
      availabilityZone: subnet.availabilityZone,
    };
  }
}

function subnetFacts({ id, vpcId, availabilityZone, cidr }: SubnetInfo): NetworkSubnet {
  return { id, vpcId, availabilityZone, cidr };
}
