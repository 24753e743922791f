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
import type { NetworkInterfaceRecord } from './records/network-interface.ts';
import { prefixLists } from './records/prefix-list.ts';
import { securityGroups, type SecurityGroupRecord, type SecurityGroupRule } from './records/security-group.ts';
import type { Scope } from './records/scope.ts';
import { subnets } from './records/subnet.ts';
import { vpcs } from './records/vpc.ts';
import { trafficOf } from './traffic.ts';
import { wayOut } from './way-out.ts';

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
  return {
    id: row.id,
    address: row.privateIpAddress,
    vpcId: row.vpcId,
    subnetId: row.subnetId,
    groups: row.securityGroupIds.length === 0 ? [openGroup] : [...new Set(row.securityGroupIds)],
    wayOut: wayOut(networks, subnet, row.hasPublicAddress === true),
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
function groupRule(networks: Networks, scope: Scope, rule: SecurityGroupRule): GroupRule | undefined {
  const { peer } = rule;
  if ('groupId' in peer) return { ...trafficOf(rule), peer: { group: peer.groupId } };
  if ('cidr' in peer) return { ...trafficOf(rule), peer: { cidrs: [peer.cidr] } };
  if (!('prefixListId' in peer)) return undefined;
  const list = networks.get(prefixLists, scope, peer.prefixListId);
  if (list?.addressFamily !== 'IPv4') return undefined;
  return { ...trafficOf(rule), peer: { cidrs: list.entries.map(({ cidr }) => cidr) } };
}

const allowAll: readonly AclEntry[] = [{ allow: true, protocol: 'all', cidr: everywhere }];

/** A subnet; its network ACL is the one that every VPC begins with, which lets everything pass. */
export function subnetPolicy(networks: Networks, scope: Scope, id: string): SubnetPolicy | undefined {
  const subnet = networks.get(subnets, scope, id);
  return subnet && { id, vpcId: subnet.vpcId, cidr: subnet.cidr, ingress: allowAll, egress: allowAll };
}

export function vpcPolicy(networks: Networks, scope: Scope, id: string): VpcPolicy | undefined {
  const vpc = networks.get(vpcs, scope, id);
  return vpc && { id, cidrs: vpc.cidrs.map(({ cidr }) => cidr) };
}
