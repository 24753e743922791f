import { ApiError } from '../../../protocol/api/index.ts';
import { changing, type Change, type ChangeDeps, type Ec2Handler, type Input } from '../core.ts';
import { addInterfaces, addRoutes, checkPrivateDns, endpointService } from '../endpoint-parts.ts';
import { policyOf } from '../endpoint-policy.ts';
import type { EndpointService } from '../endpoint-services.ts';
import { invalidCombination, limitExceeded, missingParameter, notImplemented } from '../errors.ts';
import { placeOf } from '../idempotency.ts';
import { maxGatewayEndpoints, maxInterfaceEndpoints } from '../limits.ts';
import { vpcEndpoints, type VpcEndpointRecord } from '../records/vpc-endpoint.ts';
import type { VpcRecord } from '../records/vpc.ts';
import { vpcOf } from '../references.ts';
import { tagsFor } from '../tags.ts';
import { groupsFor } from '../user-interface.ts';
import { vpcEndpointShape } from './describe-vpc-endpoints.ts';

type Kind = VpcEndpointRecord['kind'];

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html */
export function createVpcEndpoint(deps: ChangeDeps): Ec2Handler<'CreateVpcEndpoint'> {
  const takes = [
    'VpcId',
    'VpcEndpointType',
    'ServiceName',
    'PolicyDocument',
    'RouteTableIds',
    'SubnetIds',
    'SecurityGroupIds',
    'IpAddressType',
    'ClientToken',
    'PrivateDnsEnabled',
    'TagSpecifications',
  ] as const;
  return changing<'CreateVpcEndpoint'>(deps, takes, (input, change) => {
    const { networks, scope, writer } = change;
    const token = input.ClientToken === undefined ? {} : { ClientToken: input.ClientToken };
    const vpc = vpcOf(change, input.VpcId);
    if (input.ServiceName === undefined) throw missingParameter('serviceName');
    if (input.IpAddressType !== undefined && input.IpAddressType !== 'ipv4')
      throw notImplemented(`An endpoint with ${input.IpAddressType} addresses`);
    const service = endpointService(scope.region, input.ServiceName);
    const { VpcEndpointType: type = 'Gateway' } = input;
    if (type !== service.type) {
      const sentence = `The VPC Endpoint Type (${type}) and Endpoint Service Type (${service.type}) do not match.`;
      throw new ApiError('InvalidParameter', sentence);
    }
    const place = placeOf(change, { table: vpcEndpoints, prefix: 'vpce', input });
    if ('earlier' in place) return { VpcEndpoint: vpcEndpointShape(networks, place.earlier), ...token };
    refuseMore(change, vpc.id, service.type);
    const tags = tagsFor('vpc-endpoint', input.TagSpecifications);
    const { id, idempotent } = place;
    const kind =
      service.type === 'Gateway' ? gateway(input, change, { id, service }) : card(input, change, { id, service, vpc });
    const endpoint: VpcEndpointRecord = {
      ...scope,
      ...idempotent,
      id,
      tags,
      vpcId: vpc.id,
      serviceName: service.name,
      policyDocument: policyOf(input.PolicyDocument),
      createdAtMs: change.nowMs,
      kind,
    };
    writer.put(vpcEndpoints, endpoint);
    return { VpcEndpoint: vpcEndpointShape(networks, endpoint), ...token };
  });
}

function refuseMore({ networks, scope }: Change, vpcId: string, type: Kind['type']): void {
  const present = type === 'Gateway' ? networks.all(vpcEndpoints, scope) : networks.ofVpc(vpcEndpoints, scope, vpcId);
  const most = type === 'Gateway' ? maxGatewayEndpoints : maxInterfaceEndpoints;
  if (present.filter(({ kind }) => kind.type === type).length >= most)
    throw limitExceeded('VpcEndpointLimitExceeded', `${type.toLowerCase()} VPC endpoints`);
}

function gateway(
  input: Input<'CreateVpcEndpoint'>,
  change: Change,
  { id, service }: { readonly id: string; readonly service: EndpointService },
): Kind {
  if (
    (input.SubnetIds ?? []).length > 0 ||
    (input.SecurityGroupIds ?? []).length > 0 ||
    input.PrivateDnsEnabled === true
  )
    throw invalidCombination('Subnets, security groups and private DNS are not supported for Gateway endpoints');
  const routeTableIds = [...new Set(input.RouteTableIds ?? [])];
  addRoutes(change, { id, vpcId: input.VpcId, service }, routeTableIds);
  return { type: 'Gateway', routeTableIds };
}

function card(
  input: Input<'CreateVpcEndpoint'>,
  change: Change,
  { id, service, vpc }: { readonly id: string; readonly service: EndpointService; readonly vpc: VpcRecord },
): Kind {
  if ((input.RouteTableIds ?? []).length > 0)
    throw invalidCombination('Route tables are not supported for Interface endpoints');
  const { PrivateDnsEnabled: privateDnsEnabled = true } = input;
  const endpoint = { id, vpcId: vpc.id, service };
  if (privateDnsEnabled) checkPrivateDns(change, vpc, endpoint);
  const securityGroupIds = groupsFor(change, vpc.id, input.SecurityGroupIds);
  const interfaces = addInterfaces(change, endpoint, {
    subnetIds: input.SubnetIds ?? [],
    present: [],
    securityGroupIds,
  });
  return { type: 'Interface', interfaces, securityGroupIds, privateDnsEnabled };
}
