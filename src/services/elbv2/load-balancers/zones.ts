import { ApiError } from '../../../protocol/api/index.ts';
import { InvalidArgument, Unavailable } from '../../../kernel/index.ts';
import type { SubnetMapping } from '../../../protocol/generated/elbv2.ts';
import type { Transaction } from '../../../store/index.ts';
import { invalidConfiguration, notImplemented, validationError } from '../errors.ts';
import type { Network, SubnetFacts } from '../ports.ts';
import { loadBalancerPath, type LoadBalancerRecord, type LoadBalancerZone } from '../records/load-balancer.ts';
import type { Scope } from '../records/scope.ts';

/** A subnet that was asked for, with the address chosen in it. */
export interface WantedZone {
  readonly subnet: SubnetFacts;
  readonly privateIpv4Address?: string;
}

export interface SubnetsRequest {
  readonly Subnets?: readonly string[] | undefined;
  readonly SubnetMappings?: readonly SubnetMapping[] | undefined;
}

/**
 * The subnets of a CreateLoadBalancer or SetSubnets, checked.
 * @throws ValidationError, SubnetNotFound, InvalidConfigurationRequest
 */
export function wantedZones(
  network: Network,
  scope: Scope,
  request: SubnetsRequest,
  { type, scheme }: Pick<LoadBalancerRecord, 'type' | 'scheme'>,
): readonly WantedZone[] {
  const zones = mappingsOf(request).map((mapping) => wantedZone(network, scope, mapping, { type, scheme }));
  const vpcs = new Set(zones.map(({ subnet }) => subnet.vpcId));
  const [first] = zones;
  if (first === undefined) throw validationError('At least one subnet must be specified');
  if (vpcs.size > 1) throw invalidConfiguration('All subnets must belong to the same VPC');
  const names = new Set(zones.map(({ subnet }) => subnet.availabilityZone));
  if (names.size < zones.length) {
    throw invalidConfiguration('A load balancer cannot be attached to multiple subnets in the same Availability Zone');
  }
  if (type === 'application' && zones.length < 2) {
    throw validationError('At least two subnets in two different Availability Zones must be specified');
  }
  return zones;
}

function mappingsOf({ Subnets, SubnetMappings }: SubnetsRequest): readonly SubnetMapping[] {
  const hasSubnets = Subnets !== undefined && Subnets.length > 0;
  const hasMappings = SubnetMappings !== undefined && SubnetMappings.length > 0;
  if (hasSubnets && hasMappings) throw validationError('Only one of subnets or subnet mappings can be specified');
  const mappings = hasMappings ? SubnetMappings : [...new Set(Subnets)].map((SubnetId) => ({ SubnetId }));
  if (mappings.length === 0) throw validationError('At least one subnet must be specified');
  return mappings;
}

function wantedZone(
  network: Network,
  scope: Scope,
  mapping: SubnetMapping,
  { type, scheme }: Pick<LoadBalancerRecord, 'type' | 'scheme'>,
): WantedZone {
  const { SubnetId, AllocationId, PrivateIPv4Address, IPv6Address, SourceNatIpv6Prefix } = mapping;
  if (AllocationId !== undefined) {
    if (type === 'application')
      throw validationError("Elastic IP addresses are not supported for load balancers with type 'application'");
    throw notImplemented('An elastic IP address of a load balancer (AllocationId)');
  }
  if (IPv6Address !== undefined || SourceNatIpv6Prefix !== undefined)
    throw notImplemented('An IPv6 address of a load balancer');
  const subnet = SubnetId === undefined ? undefined : network.subnet(scope, SubnetId);
  if (subnet === undefined) throw new ApiError('SubnetNotFound', `The subnet ID '${SubnetId ?? ''}' does not exist`);
  if (PrivateIPv4Address === undefined) return { subnet };
  if (type !== 'network' || scheme !== 'internal') {
    throw validationError('Private IPv4 addresses can only be specified for internal Network Load Balancers');
  }
  return { subnet, privateIpv4Address: PrivateIPv4Address };
}

/** A load balancer as far as its interfaces need to know it. */
type Owner = Pick<LoadBalancerRecord, 'account' | 'region' | 'type' | 'scheme' | 'name' | 'id' | 'securityGroups'>;

/**
 * Makes the network interface of a load balancer in a zone, in `tx`.
 * @throws InvalidConfigurationRequest for an address that cannot be had, InvalidSubnet for a full subnet
 */
export function attachZone(tx: Transaction, network: Network, owner: Owner, wanted: WantedZone): LoadBalancerZone {
  const { subnet, privateIpv4Address } = wanted;
  try {
    const made = network.createInterface(tx, {
      scope: owner,
      subnetId: subnet.id,
      ...(privateIpv4Address === undefined ? {} : { privateIpv4Address }),
      securityGroups: owner.securityGroups,
      description: `ELB ${loadBalancerPath(owner)}`,
      type: owner.type,
      hasPublicAddress: owner.scheme === 'internet-facing',
    });
    return {
      zone: subnet.availabilityZone,
      subnetId: subnet.id,
      networkInterfaceId: made.networkInterfaceId,
      privateIpv4Address: made.privateIpv4Address,
      addressIsChosen: privateIpv4Address !== undefined,
    };
  } catch (error) {
    if (error instanceof InvalidArgument) throw invalidConfiguration(error.message);
    if (error instanceof Unavailable) {
      throw new ApiError(
        'InvalidSubnet',
        `Not enough IP space available in ${subnet.id}. ELB requires at least 1 free IP address in each subnet`,
      );
    }
    throw error;
  }
}

/** Replaces a load balancer's zones in `tx`: those that stay keep their interface and address. */
export function replacedZones(
  tx: Transaction,
  network: Network,
  row: LoadBalancerRecord,
  wanted: readonly WantedZone[],
): readonly LoadBalancerZone[] {
  const kept = (zone: LoadBalancerZone): boolean =>
    wanted.some(
      ({ subnet, privateIpv4Address }) =>
        subnet.id === zone.subnetId &&
        (privateIpv4Address === undefined || privateIpv4Address === zone.privateIpv4Address),
    );
  for (const zone of row.zones) if (!kept(zone)) network.removeInterface(tx, row, zone.networkInterfaceId);
  return wanted.map(
    (one) =>
      row.zones.find((zone) => zone.subnetId === one.subnet.id && kept(zone)) ?? attachZone(tx, network, row, one),
  );
}
