import { formatAddress, parseAddress } from '../addresses.ts';
import { stableId } from '../stable-id.ts';

/**
 * Where AWS's services and registries outside stand for rules and messages: a block that is nobody's on the internet. What their addresses really are,
 * the control plane does not look up. https://www.rfc-editor.org/rfc/rfc5737
 */
const standInBlock = '203.0.113.0';
const standIns = 254;

/** The address that stands for a host; the same one always. */
export function standInAddress(host: string): string {
  const place = Number.parseInt(stableId('host', host).slice(-8), 16) % standIns;
  return formatAddress(parseAddress(standInBlock) + 1 + place);
}

/** The usual name of a service that the platform calls for tasks. @param account whose registry it is, of `ecr.dkr` */
export function serviceHost(service: string, region: string, account: string): string {
  if (service === 'ecr.api') return `api.ecr.${region}.amazonaws.com`;
  if (service === 'ecr.dkr') return `${account}.dkr.ecr.${region}.amazonaws.com`;
  return `${service}.${region}.amazonaws.com`;
}

/** Host and port of a registry's name. */
export function registryPlace(registry: string): { readonly host: string; readonly port: number } {
  const [, host = registry, port = '443'] = /^(.*):(\d{1,5})$/.exec(registry) ?? [];
  return { host: host === 'docker.io' ? 'registry-1.docker.io' : host, port: Number(port) };
}
