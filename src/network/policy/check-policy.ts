import { InvalidArgument } from '../../kernel/index.ts';
import { publicBlock, type AclEntry, type GroupRule, type Traffic } from '../../network-protocol/index.ts';
import { checkInterfaceId, isAddress } from '../task-interface.ts';
import type { PolicyChange } from './picture.ts';

/**
 * Checks a change before any of it becomes part of a command.
 * @throws InvalidArgument naming the thing and the value
 */
export function checkPolicy(change: PolicyChange): void {
  for (const { id, address, publicAddress, groups, subnetId } of change.interfaces) {
    checkInterfaceId(id);
    if (!isAddress(address)) refuse(id, 'an IPv4 address', address);
    if (publicAddress !== undefined && !isPublicAddress(publicAddress))
      refuse(id, `an address of ${publicBlock}`, publicAddress);
    checkId(subnetId, 'subnet');
    for (const group of groups) checkId(group, 'sg');
  }
  for (const id of change.removedInterfaces) checkInterfaceId(id);
  for (const { id, ingress, egress } of change.groups) {
    checkId(id, 'sg');
    for (const rule of [...ingress, ...egress]) checkRule(id, rule);
  }
  for (const id of change.removedGroups) checkId(id, 'sg');
  for (const { group, addresses } of change.members) checkAddresses(group, addresses);
  for (const { group, added, removed } of change.memberChanges) checkAddresses(group, [...added, ...removed]);
  for (const { id, cidr, ingress, egress } of change.subnets) {
    checkId(id, 'subnet');
    checkCidr(id, cidr);
    for (const entry of [...ingress, ...egress]) checkEntry(id, entry);
  }
  for (const { vpcId, at, gone } of change.remotes) {
    checkId(vpcId, 'vpc');
    const all = [...at.flatMap(({ machine, addresses }) => [machine.address, ...addresses]), ...gone];
    for (const address of all) if (!isAddress(address)) refuse(vpcId, 'an IPv4 address', address);
  }
  for (const { id, cidrs } of change.vpcs) for (const cidr of cidrs) checkCidr(id, cidr);
}

function isPublicAddress(text: string): boolean {
  return isAddress(text) && /^198\.1[89]\./.test(text);
}

function checkRule(id: string, rule: GroupRule): void {
  checkTraffic(id, rule);
  if ('group' in rule.peer) checkId(rule.peer.group, 'sg');
  else for (const cidr of rule.peer.cidrs) checkCidr(id, cidr);
}

function checkEntry(id: string, entry: AclEntry): void {
  checkTraffic(id, entry);
  checkCidr(id, entry.cidr);
}

function checkTraffic(id: string, { protocol, ports, icmp }: Traffic): void {
  if (protocol !== 'all') checkNumber(id, 'a protocol', protocol, 255);
  for (const port of ports === undefined ? [] : [ports.from, ports.to]) checkNumber(id, 'a port', port, 65_535);
  if (ports !== undefined && ports.from > ports.to) refuse(id, 'a range of ports', `${ports.from}-${ports.to}`);
  if (icmp === undefined) return;
  checkNumber(id, 'a type of ICMP', icmp.type, 255);
  if (icmp.code !== undefined) checkNumber(id, 'a code of ICMP', icmp.code, 255);
}

function checkAddresses(group: string, addresses: readonly string[]): void {
  checkId(group, 'sg');
  for (const address of addresses) if (!isAddress(address)) refuse(group, 'an IPv4 address', address);
}

function checkId(id: string, kind: 'sg' | 'subnet' | 'vpc'): void {
  if (!new RegExp(`^${kind}-[0-9a-z]{1,40}$`).test(id)) throw new InvalidArgument(`"${id}" is not an id of ${kind}-…`);
}

function checkCidr(id: string, cidr: string): void {
  const [address = '', length = ''] = cidr.split('/');
  if (!isAddress(address) || !/^\d{1,2}$/.test(length) || Number(length) > 32) refuse(id, 'an IPv4 CIDR block', cidr);
}

function checkNumber(id: string, what: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 0 || value > most) refuse(id, what, String(value));
}

function refuse(id: string, what: string, text: string): never {
  throw new InvalidArgument(`${id}: "${text}" is not ${what}`);
}
