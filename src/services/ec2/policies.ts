import type {
  AclEntry,
  GroupPolicy,
  GroupRule,
  InterfacePolicy,
  SubnetPolicy,
  VpcPolicy,
} from '../../network-protocol/index.ts';
import { everywhere } from './default-network.ts';
import type { Networks } from './networks.ts';
import { managedPrefixList } from './prefix-lists.ts';
import { networkAcls, type NetworkAclEntryRecord } from './records/network-acl.ts';
import type { NetworkInterfaceRecord } from './records/network-interface.ts';
import { prefixLists } from './records/prefix-list.ts';
import { securityGroups, type SecurityGroupRecord, type SecurityGroupRule } from './records/security-group.ts';
import type { Scope } from './records/scope.ts';
import { subnets } from './records/subnet.ts';
import { vpcs } from './records/vpc.ts';
import { trafficOf } from './traffic.ts';
import { seenAs, wayOut } from './way-out.ts';

// What the records say, in the words of those who enforce it.

/**
 * What interfaces are in that are in no security group, such as those of a network load balancer made without one: everything passes.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
 */
const openGroup = 'sg-unrestricted';
const anything: readonly GroupRule[] = [{ protocol: 'all', peer: { cidrs: [everywhere] } }];

/** Undefined when its subnet or VPC is not there: then nothing can be said of it. */
export function interfacePolicy(networks: Networks, row: NetworkInterfaceRecord): InterfacePolicy | undefined {
  const subnet = networks.get(subnets, row, row.subnetId);
  if (subnet === undefined || networks.get(vpcs, row, row.vpcId) === undefined) return undefined;
  const way = wayOut(networks, subnet, row.publicIp !== undefined);
  const publicAddress = seenAs(networks, subnet, { way, own: row.publicIp?.address });
  return {
    id: row.id,
    address: row.privateIpAddress,
    vpcId: row.vpcId,
    subnetId: row.subnetId,
    groups: row.securityGroupIds.length === 0 ? [openGroup] : [...new Set(row.securityGroupIds)],
    wayOut: way,
    ...(publicAddress === undefined ? {} : { publicAddress }),
  };
}

/** A group; one that is not there lets nothing pass. */
export function groupPolicy(networks: Networks, scope: Scope, id: string): Omit<GroupPolicy, 'vpcId'> {
  if (id === openGroup) return { id, ingress: anything, egress: anything };
  const group = networks.get(securityGroups, scope, id);
  return { id, ingress: groupRules(networks, group, false), egress: groupRules(networks, group, true) };
}

/** The prefix lists that the rules of a group name. */
export function prefixListsOf(networks: Networks, scope: Scope, id: string): readonly string[] {
  const rules = networks.get(securityGroups, scope, id)?.rules ?? [];
  return [...new Set(rules.flatMap(({ peer }) => ('prefixListId' in peer ? [peer.prefixListId] : [])))];
}

function groupRules(
  networks: Networks,
  group: SecurityGroupRecord | undefined,
  isEgress: boolean,
): readonly GroupRule[] {
  if (group === undefined) return [];
  return group.rules
    .filter((rule) => rule.isEgress === isEgress)
    .flatMap((rule) => groupRule(networks, group, rule) ?? []);
}

/** Undefined for a rule about IPv6, which no interface has. */
export function groupRule(networks: Networks, scope: Scope, rule: SecurityGroupRule): GroupRule | undefined {
  const { peer } = rule;
  if ('groupId' in peer) return { ...trafficOf(rule), peer: { group: peer.groupId } };
  if ('cidr' in peer) return { ...trafficOf(rule), peer: { cidrs: [peer.cidr] } };
  if (!('prefixListId' in peer)) return undefined;
  const managed = managedPrefixList(scope.region, peer.prefixListId);
  if (managed !== undefined) return { ...trafficOf(rule), peer: { cidrs: managed.cidrs } };
  const list = networks.get(prefixLists, scope, peer.prefixListId);
  if (list?.addressFamily !== 'IPv4') return undefined;
  return { ...trafficOf(rule), peer: { cidrs: list.entries.map(({ cidr }) => cidr) } };
}

/** A subnet and its network ACL; of an ACL that is not there nothing passes. */
export function subnetPolicy(networks: Networks, scope: Scope, id: string): SubnetPolicy | undefined {
  const subnet = networks.get(subnets, scope, id);
  if (subnet === undefined) return undefined;
  const entries = networks.get(networkAcls, scope, subnet.networkAcl.id)?.entries ?? [];
  const of = (isEgress: boolean) =>
    entries.filter((entry) => entry.isEgress === isEgress).flatMap((entry) => aclEntry(entry) ?? []);
  return { id, vpcId: subnet.vpcId, cidr: subnet.cidr, ingress: of(false), egress: of(true) };
}

/** The records have them in the order of their numbers. Undefined for one about IPv6, which no interface has. */
function aclEntry({ allow, cidr, protocol, ports, icmp }: NetworkAclEntryRecord): AclEntry | undefined {
  if (cidr === undefined) return undefined;
  return {
    allow,
    cidr,
    protocol: protocol === '-1' ? 'all' : Number(protocol),
    ...(ports === undefined ? {} : { ports }),
    ...(icmp === undefined || icmp.type === -1
      ? {}
      : { icmp: { type: icmp.type, ...(icmp.code === -1 ? {} : { code: icmp.code }) } }),
  };
}

export function vpcPolicy(networks: Networks, scope: Scope, id: string): VpcPolicy | undefined {
  const vpc = networks.get(vpcs, scope, id);
  return vpc && { id, cidrs: vpc.cidrs.map(({ cidr }) => cidr) };
}
