import type { AclEntry, GroupRule, Traffic } from '../../../network-protocol/index.ts';
import { overlap, widest } from '../prefixes.ts';

/** Which end of a packet is on the other side. */
export type Side = 'saddr' | 'daddr';

const protocols: ReadonlyMap<number, string> = new Map([
  [6, 'tcp'],
  [17, 'udp'],
]);
const icmpProtocol = 1;
const highestPort = 65_535;
const everywhere = '0.0.0.0/0';
/** What processes of the machine call from. */
const thisMachine = '127.0.0.1';

/** A group's rule as nft takes it; undefined when it lets nobody pass. */
export function groupRule(rule: GroupRule, side: Side, hasMembers: (group: string) => boolean): string | undefined {
  const peer = 'group' in rule.peer ? groupPeer(rule.peer.group, side, hasMembers) : cidrPeer(rule.peer.cidrs, side);
  return peer === undefined ? undefined : words(peer, traffic(rule), 'accept');
}

/** The same for whoever is on this machine, whatever address it calls from; undefined when the rule is not about it. */
export function ruleForThisMachine(rule: GroupRule): string | undefined {
  if ('group' in rule.peer || !rule.peer.cidrs.some((cidr) => overlap(cidr, thisMachine))) return undefined;
  return words(traffic(rule), 'accept');
}

/** An entry of a network ACL as nft takes it. */
export function aclRule(entry: AclEntry, side: Side): string {
  return words(cidrPeer([entry.cidr], side) ?? '', traffic(entry), entry.allow ? 'return' : 'drop');
}

/** Does the first entry let everything pass, so that no other is ever asked? */
export function letsAllPass(entries: readonly AclEntry[]): boolean {
  const [first] = entries;
  return first !== undefined && first.allow && first.protocol === 'all' && first.cidr.endsWith('/0');
}

function groupPeer(group: string, side: Side, hasMembers: (group: string) => boolean): string | undefined {
  return hasMembers(group) ? `ip ${side} @${memberSet(group)}` : undefined;
}

function cidrPeer(cidrs: readonly string[], side: Side): string | undefined {
  if (cidrs.length === 0) return undefined;
  const [only = '', ...more] = widest(cidrs.map((cidr) => (cidr.endsWith('/0') ? everywhere : cidr)));
  if (only === everywhere) return '';
  return more.length === 0 ? `ip ${side} ${only}` : `ip ${side} { ${[only, ...more].join(', ')} }`;
}

function traffic({ protocol, ports, icmp }: Traffic): string {
  if (protocol === 'all') return '';
  if (protocol === icmpProtocol && icmp !== undefined)
    return words(`icmp type ${icmp.type}`, icmp.code === undefined ? '' : `icmp code ${icmp.code}`);
  const all = ports === undefined || (ports.from === 0 && ports.to === highestPort);
  if (all) return `ip protocol ${protocol}`;
  const range = ports.from === ports.to ? `${ports.from}` : `${ports.from}-${ports.to}`;
  const name = protocols.get(protocol);
  return name === undefined ? `meta l4proto ${protocol} th dport ${range}` : `${name} dport ${range}`;
}

/** The set of a group's addresses. */
export function memberSet(group: string): string {
  return `members_${group}`;
}

function words(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}
