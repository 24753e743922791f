import type { DnsConfig } from '../../protocol/generated/servicediscovery.ts';
import type { Input } from './core.ts';
import { invalidInput, notImplemented } from './errors.ts';
import type { NamespaceRecord } from './records/namespace.ts';
import type { DnsSettings } from './records/service.ts';

type Create = Input<'CreateService'>;

/** The namespace that a CreateService names, in one of its two places. @throws InvalidInput */
export function namespaceIdOf({ NamespaceId: own, DnsConfig: dns }: Create): string {
  const deprecated = dns?.NamespaceId;
  if (own !== undefined && deprecated !== undefined && own !== deprecated)
    throw invalidInput('You can specify NamespaceId for the service or in DnsConfig, but not different ones in both.');
  const id = own ?? deprecated;
  if (id === undefined || id === '') throw invalidInput('NamespaceId must be specified.');
  return id;
}

/** The DNS settings of a new service; undefined: it is found by DiscoverInstances only. @throws InvalidInput */
export function dnsSettings(input: Create, { zone }: Pick<NamespaceRecord, 'zone'>): DnsSettings | undefined {
  const { DnsConfig: given, Type: type } = input;
  if (zone === undefined || type === 'HTTP') {
    if (given !== undefined)
      throw invalidInput("When you specify an HTTP service, you can't include a DnsConfig element.");
    return undefined;
  }
  if (given === undefined)
    throw invalidInput(
      'A service in a DNS namespace needs a DnsConfig, or the Type HTTP if it is not to have DNS records.',
    );
  return checkedDns(given);
}

/** Which records go together. https://docs.aws.amazon.com/cloud-map/latest/api/API_DnsRecord.html */
function checkedDns({ DnsRecords: given, RoutingPolicy: policy }: DnsConfig): DnsSettings {
  const records = given.map(({ Type: type, TTL: ttl }) => ({ type, ttl }));
  const types = new Set(records.map(({ type }) => type));
  if (records.length === 0) throw invalidInput('DnsRecords must have at least one record.');
  if (types.size < records.length) throw invalidInput('DnsRecords can have one record of a type only.');
  const cname = types.has('CNAME');
  if (cname && types.size > 1)
    throw invalidInput("A CNAME record can't be used together with records of another type in one service.");
  const routingPolicy = policy ?? (cname ? 'WEIGHTED' : 'MULTIVALUE');
  if (cname && routingPolicy !== 'WEIGHTED')
    throw invalidInput('The RoutingPolicy of a service with a CNAME record must be WEIGHTED.');
  return { routingPolicy, records };
}

/** @throws InvalidInput */
export function checkHealthChecks(input: Create, { zone }: Pick<NamespaceRecord, 'zone'>): void {
  const { HealthCheckConfig: route53, HealthCheckCustomConfig: custom } = input;
  if (route53 !== undefined && custom !== undefined)
    throw invalidInput("You can't specify both HealthCheckConfig and HealthCheckCustomConfig.");
  if (route53 === undefined) return;
  if (zone !== undefined)
    throw invalidInput("HealthCheckConfig can't be used in a private DNS namespace: use HealthCheckCustomConfig.");
  throw notImplemented('HealthCheckConfig (Route 53 health checks)');
}

/** A service keeps the types of its records; only their TTL may change. @throws InvalidInput */
export function changedDns(
  present: DnsSettings | undefined,
  { DnsRecords: wanted }: Pick<DnsConfig, 'DnsRecords'>,
): DnsSettings {
  if (present === undefined)
    throw invalidInput("When you specify an HTTP service, you can't include a DnsConfig element.");
  const types = (records: readonly { readonly type: string }[]): string =>
    records
      .map(({ type }) => type)
      .sort()
      .join(' ');
  const records = wanted.map(({ Type: type, TTL: ttl }) => ({ type, ttl }));
  if (types(records) !== types(present.records))
    throw invalidInput(
      `The types of a service's DNS records can't be changed: they are ${types(present.records)}, not ${types(records)}.`,
    );
  return { ...present, records };
}
