import { formatAddress, parsePrefix } from '../addresses.ts';
import { serviceOfUsualName, usualName } from '../endpoint-services.ts';
import type { TaskDestination } from '../ports.ts';
import { standInBlock } from '../prefix-lists.ts';
import { stableId } from '../stable-id.ts';

const standIns = 254;

/** The address that stands for a host; the same one always. */
export function standInAddress(host: string): string {
  const place = Number.parseInt(stableId('host', host).slice(-8), 16) % standIns;
  return formatAddress(parsePrefix(standInBlock).first + 1 + place);
}

/** The usual name of a service. @param account whose registry it is, of `ecr.dkr` */
export function serviceHost(service: string, region: string, account: string): string {
  if (service === 'iam') return 'iam.amazonaws.com';
  return `${usualName(service).replace('*', account)}.${region}.amazonaws.com`;
}

/** What a host is to tasks: a service of AWS, or else a host outside. */
export function destinationOfHost(host: string, port: number): TaskDestination {
  const [, name = '', region = ''] = /^([a-z0-9.-]+)\.([a-z]+-[a-z-]+-\d)\.amazonaws\.com$/.exec(host) ?? [];
  const service = serviceOfName(name);
  return service === undefined || port !== 443 ? { registry: `${host}:${port}` } : { service, region };
}

function serviceOfName(name: string): string | undefined {
  if (name === 's3' || name.endsWith('.s3')) return 's3';
  if (/^\d{12}\.dkr\.ecr$/.test(name)) return 'ecr.dkr';
  return serviceOfUsualName(name);
}

/** Host and port of a registry's name. */
export function registryPlace(registry: string): { readonly host: string; readonly port: number } {
  const [, host = registry, port = '443'] = /^(.*):(\d{1,5})$/.exec(registry) ?? [];
  return { host: host === 'docker.io' ? 'registry-1.docker.io' : host, port: Number(port) };
}
