import { managedPrefixLists } from './prefix-lists.ts';
import { stableId } from './stable-id.ts';

/** A service that VPC endpoints lead to. */
export interface EndpointService {
  /** Such as `com.amazonaws.us-east-1.ecr.api`. */
  readonly name: string;
  readonly id: string;
  readonly type: 'Interface' | 'Gateway';
  /** Of an interface endpoint with private DNS: the service's usual name, which then means the endpoint. */
  readonly privateDnsName?: string;
  /** Of a gateway endpoint: where its routes lead. */
  readonly prefixListId?: string;
}

/** The services of Longshore, by the last part of their endpoint's name, and the usual name of each before the region. */
const interfaceServices: Readonly<Record<string, string>> = {
  cloudtrail: 'cloudtrail',
  'data-servicediscovery': 'data-servicediscovery',
  ec2: 'ec2',
  'ecr.api': 'api.ecr',
  'ecr.dkr': '*.dkr.ecr',
  ecs: 'ecs',
  'ecs-agent': 'ecs-a',
  'ecs-telemetry': 'ecs-t',
  elasticfilesystem: 'elasticfilesystem',
  elasticloadbalancing: 'elasticloadbalancing',
  logs: 'logs',
  monitoring: 'monitoring',
  rds: 'rds',
  secretsmanager: 'secretsmanager',
  servicediscovery: 'servicediscovery',
  ssm: 'ssm',
  sts: 'sts',
};

export function endpointServices(region: string): readonly EndpointService[] {
  const gateways = managedPrefixLists(region).map(({ id, name }): EndpointService => ({
    name,
    id: serviceId(name),
    type: 'Gateway',
    prefixListId: id,
  }));
  const interfaces = Object.entries(interfaceServices).map(([service, host]): EndpointService => {
    const name = `com.amazonaws.${region}.${service}`;
    return { name, id: serviceId(name), type: 'Interface', privateDnsName: `${host}.${region}.amazonaws.com` };
  });
  return [...gateways, ...interfaces].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The part of a service's usual name before the region; a service that no endpoint leads to has its own name there. */
export function usualName(service: string): string {
  return interfaceServices[service] ?? service;
}

/** Undefined for a name that is none of a service that interface endpoints lead to. */
export function serviceOfUsualName(name: string): string | undefined {
  return Object.keys(interfaceServices).find((service) => interfaceServices[service] === name);
}

function serviceId(name: string): string {
  return stableId('vpce-svc', name);
}
