import { invalidParameterValue, missingParameter } from '../errors.ts';
import { protocolNumbers } from '../traffic.ts';
import { canonicalIpv4, canonicalIpv6 } from './cidr.ts';
import { malformedCidr, malformedRule } from './errors.ts';
import type { RuleContent } from './rules.ts';

const protocolNames = new Map(Object.entries(protocolNumbers).map(([name, number]) => [number, name]));

/** A protocol as records have it: one that has a name by its name. @throws InvalidParameterValue */
export function readProtocol(given: string | undefined): string {
  if (given === undefined) throw missingParameter('ipProtocol');
  const text = given.toLowerCase();
  if (text === '-1' || Object.hasOwn(protocolNumbers, text)) return text;
  const number = Number(text);
  if (!/^\d{1,3}$/.test(text) || number > 255) {
    throw invalidParameterValue(`Invalid value '${given}' for IP protocol. Unknown protocol.`);
  }
  return protocolNames.get(number) ?? String(number);
}

type Ports = Pick<RuleContent, 'fromPort' | 'toPort'>;

/**
 * Ports, or ICMP's type and code; other protocols have none, whatever the request says.
 * @throws InvalidParameterValue, InvalidPermission.Malformed
 */
export function readPorts(protocol: string, from: number | undefined, to: number | undefined): Ports {
  switch (protocol) {
    case 'tcp':
    case 'udp':
      if (from === undefined && to === undefined) throw missingPorts('TCP/UDP');
      return tcpPorts(from ?? -1, to ?? -1);
    case 'icmp':
      if (from === undefined || to === undefined) throw missingPorts('ICMP');
      return icmpType(from, to);
    case 'icmpv6':
      return icmpType(from ?? -1, to ?? -1);
    default:
      return { fromPort: -1, toPort: -1 };
  }
}

function missingPorts(protocol: string): Error {
  return invalidParameterValue(`Invalid value 'Must specify both from and to ports with ${protocol}.' for portRange.`);
}

function tcpPorts(fromPort: number, toPort: number): Ports {
  for (const port of [fromPort, toPort]) {
    if (port < 0 || port > 65_535) throw malformedRule(`TCP/UDP port (${port}) out of range`);
  }
  if (fromPort > toPort) throw malformedRule(`Invalid TCP/UDP port range (${fromPort}:${toPort})`);
  return { fromPort, toPort };
}

function icmpType(fromPort: number, toPort: number): Ports {
  if (fromPort < -1 || fromPort > 255) throw malformedRule(`ICMP type (${fromPort}) out of range`);
  if (toPort < -1 || toPort > 255) throw malformedRule(`ICMP code (${toPort}) out of range`);
  if (fromPort === -1 && toPort !== -1) {
    throw malformedRule(`ICMP code (${toPort}) must be -1 (all codes) when the type is -1 (all types)`);
  }
  return { fromPort, toPort };
}

/** @throws InvalidParameterValue */
export function readIpv4(text: string): { readonly cidr: string } {
  const cidr = canonicalIpv4(text);
  if (cidr === undefined) throw malformedCidr(text);
  return { cidr };
}

/** @throws InvalidParameterValue */
export function readIpv6(text: string): { readonly cidrIpv6: string } {
  const cidrIpv6 = canonicalIpv6(text);
  if (cidrIpv6 === undefined) throw malformedCidr(text);
  return { cidrIpv6 };
}

const maxLength = 255;
const allowed = 'a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*';

/**
 * A name or description, of which EC2 takes few characters.
 * @param what such as `rule description`
 * @throws InvalidParameterValue
 */
export function checkText(what: string, text: string): void {
  if (text.length <= maxLength && /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]*$/.test(text)) return;
  throw invalidParameterValue(
    `Invalid ${what}. Valid ${what}s are strings less than 256 characters from the following set: ${allowed}`,
  );
}

/** A description as part of a record. */
export function readDescription(text: string | undefined): { readonly description?: string } {
  if (text === undefined || text === '') return {};
  checkText('rule description', text);
  return { description: text };
}
