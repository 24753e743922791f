import type { DnsEntry, VpcEndpoint } from '../../../protocol/generated/ec2.ts';
import { describing, type Ec2Deps, type Ec2Handler } from '../core.ts';
import { chooseFew } from '../describe.ts';
import { endpointServices } from '../endpoint-services.ts';
import type { FilterFields } from '../filters.ts';
import { Networks } from '../networks.ts';
import { securityGroups } from '../records/security-group.ts';
import { subnets } from '../records/subnet.ts';
import { vpcEndpoints, type VpcEndpointRecord } from '../records/vpc-endpoint.ts';
import { tagList } from '../tags.ts';

const fields: FilterFields<VpcEndpointRecord> = {
  'ip-address-type': () => ['ipv4'],
  'service-name': ({ serviceName }) => [serviceName],
  'service-region': ({ region }) => [region],
  'vpc-id': ({ vpcId }) => [vpcId],
  'vpc-endpoint-id': ({ id }) => [id],
  'vpc-endpoint-state': () => ['available'],
  'vpc-endpoint-type': ({ kind }) => [kind.type],
};

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpoints.html */
export function describeVpcEndpoints({ database }: Ec2Deps): Ec2Handler<'DescribeVpcEndpoints'> {
  const networks = new Networks(database);
  return describing<'DescribeVpcEndpoints'>((input, scope) => {
    const { items, next } = chooseFew(input, {
      items: networks.all(vpcEndpoints, scope),
      kind: 'vpcEndpoint',
      ids: input.VpcEndpointIds,
      idOf: ({ id }) => id,
      fields,
    });
    return { VpcEndpoints: items.map((endpoint) => vpcEndpointShape(networks, endpoint)), ...next };
  });
}

export function vpcEndpointShape(networks: Networks, endpoint: VpcEndpointRecord): VpcEndpoint {
  const { kind } = endpoint;
  const interfaces = kind.type === 'Gateway' ? [] : kind.interfaces;
  const groups = kind.type === 'Gateway' ? [] : kind.securityGroupIds;
  return {
    VpcEndpointId: endpoint.id,
    VpcEndpointType: kind.type,
    VpcId: endpoint.vpcId,
    ServiceName: endpoint.serviceName,
    // On the wire AWS says "available", where its model says "Available".
    State: 'available' as 'Available',
    PolicyDocument: endpoint.policyDocument,
    RouteTableIds: kind.type === 'Gateway' ? [...kind.routeTableIds] : [],
    SubnetIds: interfaces.map(({ subnetId }) => subnetId),
    NetworkInterfaceIds: interfaces.map(({ networkInterfaceId }) => networkInterfaceId),
    Groups: groups.map((id) => ({ GroupId: id, GroupName: networks.get(securityGroups, endpoint, id)?.name ?? '' })),
    PrivateDnsEnabled: kind.type === 'Interface' && kind.privateDnsEnabled,
    DnsEntries:
      kind.type === 'Gateway'
        ? []
        : dnsEntries(
            networks,
            endpoint,
            interfaces.map(({ subnetId }) => subnetId),
          ),
    ...(kind.type === 'Gateway' ? {} : { IpAddressType: 'ipv4', DnsOptions: { DnsRecordIpType: 'ipv4' } }),
    RequesterManaged: false,
    CreationTimestamp: endpoint.createdAtMs,
    OwnerId: endpoint.account,
    Tags: tagList(endpoint),
  };
}

/** Its own name, one for each of its zones, and with private DNS the service's usual one. */
function dnsEntries(networks: Networks, endpoint: VpcEndpointRecord, subnetIds: readonly string[]): DnsEntry[] {
  const { id, region, serviceName, kind } = endpoint;
  const service = endpointServices(region).find(({ name }) => name === serviceName);
  const short = serviceName.split('.').slice(3).reverse().join('.');
  const label = `${id}-${id.slice(-8)}`;
  const zones = subnetIds.map((subnetId) => networks.get(subnets, endpoint, subnetId)?.availabilityZone ?? '');
  const names = [label, ...zones.map((zone) => `${label}-${zone}`)].map(
    (each) => `${each}.${short}.${region}.vpce.amazonaws.com`,
  );
  const own = kind.type === 'Interface' && kind.privateDnsEnabled ? service?.privateDnsName : undefined;
  return [...names, ...(own === undefined ? [] : [own])].map((DnsName) => ({ DnsName }));
}
