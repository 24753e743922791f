import { ApiError } from '../../../protocol/api/index.ts';
import type { ServiceDetail } from '../../../protocol/generated/ec2.ts';
import { describing, type Ec2Handler } from '../core.ts';
import { chooseFew } from '../describe.ts';
import { endpointServices, type EndpointService } from '../endpoint-services.ts';
import type { FilterFields } from '../filters.ts';
import { zoneId, zoneLetters, zoneName } from '../regions.ts';

const fields: FilterFields<EndpointService> = {
  owner: () => ['amazon'],
  'service-name': ({ name }) => [name],
  'service-region': ({ name }) => [name.split('.')[2]],
  'service-type': ({ type }) => [type],
  'supported-ip-address-types': () => ['ipv4'],
};

/** Those of the services that Longshore has, and the two with gateways. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointServices.html */
export function describeVpcEndpointServices(): Ec2Handler<'DescribeVpcEndpointServices'> {
  return describing<'DescribeVpcEndpointServices'>((input, { region }) => {
    const { items, next } = chooseFew(input, {
      items: endpointServices(region),
      kind: (name) => new ApiError('InvalidServiceName', `The Vpc Endpoint Service '${name}' does not exist`),
      ids: input.ServiceNames,
      idOf: ({ name }) => name,
      fields,
    });
    return {
      ServiceNames: items.map(({ name }) => name),
      ServiceDetails: items.map((service) => shape(service, region)),
      ...next,
    };
  });
}

function shape({ name, id, type, privateDnsName }: EndpointService, region: string): ServiceDetail {
  const host = name.split('.').slice(3).reverse().join('.');
  return {
    ServiceName: name,
    ServiceId: id,
    ServiceType: [{ ServiceType: type }],
    ServiceRegion: region,
    AvailabilityZones: zoneLetters.map((letter) => zoneName(region, letter)),
    AvailabilityZoneIds: zoneLetters.map((letter) => zoneId(region, letter)),
    Owner: 'amazon',
    BaseEndpointDnsNames: [`${host}.${region}.${type === 'Gateway' ? '' : 'vpce.'}amazonaws.com`],
    ...(privateDnsName === undefined
      ? {}
      : { PrivateDnsName: privateDnsName, PrivateDnsNames: [{ PrivateDnsName: privateDnsName }] }),
    ...(privateDnsName === undefined ? {} : { PrivateDnsNameVerificationState: 'verified' }),
    VpcEndpointPolicySupported: true,
    AcceptanceRequired: false,
    ManagesVpcEndpoints: false,
    SupportedIpAddressTypes: ['ipv4'],
    Tags: [],
  };
}
