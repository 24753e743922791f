import type { AvailabilityZone, LoadBalancer } from '../../../protocol/generated/elbv2.ts';
import { loadBalancerArn, type LoadBalancerRecord } from '../records/load-balancer.ts';
import { hostedZoneOf } from './dns-name.ts';
import type { LoadBalancerStates } from './state.ts';

/** A load balancer as the API shows it. */
export function describedLoadBalancer(states: LoadBalancerStates, row: LoadBalancerRecord): LoadBalancer {
  const hostedZone = hostedZoneOf(row);
  return {
    LoadBalancerArn: loadBalancerArn(row),
    DNSName: row.dnsName,
    ...(hostedZone === undefined ? {} : { CanonicalHostedZoneId: hostedZone }),
    CreatedTime: row.createdAtMs,
    LoadBalancerName: row.name,
    Scheme: row.scheme,
    VpcId: row.vpcId,
    State: states.of(row),
    Type: row.type,
    AvailabilityZones: describedZones(row),
    ...(row.type === 'network' && row.securityGroups.length === 0 ? {} : { SecurityGroups: row.securityGroups }),
    IpAddressType: 'ipv4',
  };
}

export function describedZones({ zones }: Pick<LoadBalancerRecord, 'zones'>): readonly AvailabilityZone[] {
  return zones.map(({ zone, subnetId, privateIpv4Address, addressIsChosen }) => ({
    ZoneName: zone,
    SubnetId: subnetId,
    LoadBalancerAddresses: addressIsChosen ? [{ PrivateIPv4Address: privateIpv4Address }] : [],
  }));
}
