import { ApiError } from '../../../protocol/api/index.ts';
import type { IcmpTypeCode, PortRange } from '../../../protocol/generated/ec2.ts';
import { readCidr } from '../addresses.ts';
import { changing, type ChangeDeps, type Ec2Handler, type Input } from '../core.ts';
import { invalidCidr, invalidCombination, invalidParameterValue, missingParameter } from '../errors.ts';
import { maxAclEntries } from '../limits.ts';
import { networkAcls, type NetworkAclEntryRecord, type NetworkAclRecord } from '../records/network-acl.ts';
import { networkAclOf } from '../references.ts';
import { canonicalIpv6 } from '../security-groups/cidr.ts';

const takes = [
  'NetworkAclId',
  'RuleNumber',
  'Protocol',
  'RuleAction',
  'Egress',
  'CidrBlock',
  'Ipv6CidrBlock',
  'IcmpTypeCode',
  'PortRange',
] as const;

const maxRuleNumber = 32_766;

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html */
export function createNetworkAclEntry(deps: ChangeDeps): Ec2Handler<'CreateNetworkAclEntry'> {
  return changing<'CreateNetworkAclEntry'>(deps, takes, (input, change) => {
    const acl = networkAclOf(change, input.NetworkAclId);
    const entry = entryOf(input);
    if (acl.entries.some((each) => isSame(each, entry))) {
      const sentence = `The network acl entry identified by ${entry.ruleNumber} already exists.`;
      throw new ApiError('NetworkAclEntryAlreadyExists', sentence);
    }
    if (acl.entries.filter(({ isEgress }) => isEgress === entry.isEgress).length + 1 >= maxAclEntries) {
      const sentence = 'The maximum number of network acl entries has been reached.';
      throw new ApiError('NetworkAclEntryLimitExceeded', sentence);
    }
    change.writer.put(networkAcls, withEntries(acl, [...acl.entries, entry]));
    return {};
  });
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceNetworkAclEntry.html */
export function replaceNetworkAclEntry(deps: ChangeDeps): Ec2Handler<'ReplaceNetworkAclEntry'> {
  return changing<'ReplaceNetworkAclEntry'>(deps, takes, (input, change) => {
    const acl = networkAclOf(change, input.NetworkAclId);
    const entry = entryOf(input);
    change.writer.put(networkAcls, withEntries(acl, [...without(acl, entry), entry]));
    return {};
  });
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkAclEntry.html */
export function deleteNetworkAclEntry(deps: ChangeDeps): Ec2Handler<'DeleteNetworkAclEntry'> {
  return changing<'DeleteNetworkAclEntry'>(deps, ['NetworkAclId', 'RuleNumber', 'Egress'], (input, change) => {
    const acl = networkAclOf(change, input.NetworkAclId);
    const rest = without(acl, { ruleNumber: input.RuleNumber, isEgress: input.Egress });
    change.writer.put(networkAcls, withEntries(acl, rest));
    return {};
  });
}

type Name = Pick<NetworkAclEntryRecord, 'ruleNumber' | 'isEgress'>;

function isSame(one: Name, other: Name): boolean {
  return one.ruleNumber === other.ruleNumber && one.isEgress === other.isEgress;
}

function without(acl: NetworkAclRecord, entry: Name): readonly NetworkAclEntryRecord[] {
  const rest = acl.entries.filter((each) => !isSame(each, entry));
  if (rest.length < acl.entries.length) return rest;
  const which = `${entry.isEgress ? 'egress' : 'ingress'} entry identified by ${entry.ruleNumber}`;
  throw new ApiError('InvalidNetworkAclEntry.NotFound', `The ${which} does not exist in network acl ${acl.id}`);
}

function withEntries(acl: NetworkAclRecord, entries: readonly NetworkAclEntryRecord[]): NetworkAclRecord {
  return { ...acl, entries: [...entries].sort((a, b) => a.ruleNumber - b.ruleNumber) };
}

function entryOf(input: Input<'CreateNetworkAclEntry'>): NetworkAclEntryRecord {
  const { RuleNumber: ruleNumber } = input;
  if (ruleNumber < 1 || ruleNumber > maxRuleNumber)
    throw invalidParameterValue(
      `Value (${ruleNumber}) for parameter ruleNumber is invalid. It must be 1 to ${maxRuleNumber}`,
    );
  const block = blockOf(input);
  const protocol = protocolOf(input.Protocol);
  return {
    ruleNumber,
    isEgress: input.Egress,
    protocol,
    allow: input.RuleAction === 'allow',
    ...block,
    ...(protocol === '6' || protocol === '17' ? { ports: portsOf(input.PortRange) } : {}),
    ...(protocol === '1' || protocol === '58' ? { icmp: icmpOf(input.IcmpTypeCode) } : {}),
  };
}

function blockOf({
  CidrBlock: ipv4,
  Ipv6CidrBlock: ipv6,
}: Input<'CreateNetworkAclEntry'>): Pick<NetworkAclEntryRecord, 'cidr' | 'cidrIpv6'> {
  if (ipv4 !== undefined && ipv6 !== undefined)
    throw invalidCombination('The parameters cidrBlock and ipv6CidrBlock cannot be used together');
  if (ipv6 !== undefined) {
    const cidrIpv6 = canonicalIpv6(ipv6);
    if (cidrIpv6 === undefined) throw invalidCidr(ipv6, 'ipv6CidrBlock');
    return { cidrIpv6 };
  }
  if (ipv4 === undefined) throw missingParameter('cidrBlock');
  const cidr = readCidr(ipv4);
  if (cidr === undefined) throw invalidCidr(ipv4, 'cidrBlock');
  return { cidr };
}

const numbers: Readonly<Record<string, string>> = { tcp: '6', udp: '17', icmp: '1', icmpv6: '58', all: '-1' };

function protocolOf(text: string): string {
  const name = text.toLowerCase();
  const number = Object.hasOwn(numbers, name) ? numbers[name] : text;
  if (number === undefined || !/^(-1|\d{1,3})$/.test(number) || Number(number) > 255)
    throw invalidParameterValue(`Invalid value '${text}' for IP protocol. Unknown protocol.`);
  return String(Number(number));
}

function portsOf({ From: from, To: to }: PortRange = {}): { readonly from: number; readonly to: number } {
  if (from === undefined || to === undefined) throw missingParameter('portRange');
  const isPort = (value: number): boolean => value >= 0 && value <= 65_535;
  if (!isPort(from) || !isPort(to) || from > to)
    throw invalidParameterValue(`Invalid TCP/UDP port range (${from}:${to})`);
  return { from, to };
}

function icmpOf({ Type: type, Code: code }: IcmpTypeCode = {}): { readonly type: number; readonly code: number } {
  if (type === undefined || code === undefined) throw missingParameter('icmpTypeCode');
  const isByte = (value: number): boolean => value >= -1 && value <= 255;
  if (!isByte(type) || !isByte(code)) throw invalidParameterValue(`ICMP type and code (${type}:${code}) are invalid`);
  return { type, code };
}
