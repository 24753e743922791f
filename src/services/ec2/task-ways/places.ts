import { formatAddress, parsePrefix } from '../addresses.ts';
import type { TaskDestination } from '../ports.ts';
import { standInBlock } from '../prefix-lists.ts';
import { stableId } from '../stable-id.ts';

const standIns = 254;

/** The address that stands for a host; the same one always. */
export function standInAddress(host: string): string {
  const place = Number.parseInt(stableId('host', host).slice(-8), 16) % standIns;
  return formatAddress(parsePrefix(standInBlock).first + 1 + place);
}

/** The usual name of a service that the platform calls for tasks. @param account whose registry it is, of `ecr.dkr` */
export function serviceHost(service: string, region: string, account: string): string {
  if (service === 'ecr.api') return `api.ecr.${region}.amazonaws.com`;
  if (service === 'ecr.dkr') return `${account}.dkr.ecr.${region}.amazonaws.com`;
  return `${service}.${region}.amazonaws.com`;
}

const serviceHosts: readonly (readonly [RegExp, string])[] = [
  [/^api\.ecr\.([a-z0-9-]+)\.amazonaws\.com$/, 'ecr.api'],
  [/^\d{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com$/, 'ecr.dkr'],
  [/^(?:[a-z0-9.-]+\.)?s3\.([a-z0-9-]+)\.amazonaws\.com$/, 's3'],
  ...['logs', 'secretsmanager', 'ssm'].map(
    (name) => [new RegExp(`^${name}\\.([a-z0-9-]+)\\.amazonaws\\.com$`), name] as const,
  ),
];

/** What a host is to tasks: a service of AWS, or else a host outside. */
export function destinationOfHost(host: string, port: number): TaskDestination {
  for (const [pattern, service] of serviceHosts) {
    const region = pattern.exec(host)?.[1];
    if (region !== undefined && port === 443) return { service, region };
  }
  return { registry: `${host}:${port}` };
}

/** Host and port of a registry's name. */
export function registryPlace(registry: string): { readonly host: string; readonly port: number } {
  const [, host = registry, port = '443'] = /^(.*):(\d{1,5})$/.exec(registry) ?? [];
  return { host: host === 'docker.io' ? 'registry-1.docker.io' : host, port: Number(port) };
}
