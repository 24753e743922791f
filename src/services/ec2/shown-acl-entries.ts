import type { NetworkAclEntry } from '../../protocol/generated/ec2.ts';
import { everywhere } from './default-network.ts';
import type { NetworkAclEntryRecord, NetworkAclRecord } from './records/network-acl.ts';

/** The number of the last entry, which AWS's console shows as `*`. */
const lastRule = 32_767;

/** The entries of an ACL by number, outbound first as AWS lists them, each direction with the last one, which refuses everything. */
export function shownEntries({ entries }: NetworkAclRecord): NetworkAclEntry[] {
  return [true, false].flatMap((isEgress) => [
    ...entries.filter((entry) => entry.isEgress === isEgress).map(shape),
    { CidrBlock: everywhere, Egress: isEgress, Protocol: '-1', RuleAction: 'deny' as const, RuleNumber: lastRule },
  ]);
}

function shape({
  cidr,
  cidrIpv6,
  isEgress,
  protocol,
  allow,
  ruleNumber,
  ports,
  icmp,
}: NetworkAclEntryRecord): NetworkAclEntry {
  return {
    ...(cidr === undefined ? {} : { CidrBlock: cidr }),
    ...(cidrIpv6 === undefined ? {} : { Ipv6CidrBlock: cidrIpv6 }),
    Egress: isEgress,
    Protocol: protocol,
    RuleAction: allow ? 'allow' : 'deny',
    RuleNumber: ruleNumber,
    ...(ports === undefined ? {} : { PortRange: { From: ports.from, To: ports.to } }),
    ...(icmp === undefined ? {} : { IcmpTypeCode: { Type: icmp.type, Code: icmp.code } }),
  };
}
