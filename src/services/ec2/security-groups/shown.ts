import { formatArn } from '../../../kernel/index.ts';
import type {
  IpPermission,
  RevokedSecurityGroupRule,
  SecurityGroup,
  SecurityGroupRule as ShownRule,
} from '../../../protocol/generated/ec2.ts';
import type { SecurityGroupRecord, SecurityGroupRule } from '../records/security-group.ts';
import { tagList } from '../tags.ts';
import type { GivenRule } from './rules.ts';

export function groupArn({ region, account, id }: Pick<SecurityGroupRecord, 'region' | 'account' | 'id'>): string {
  return formatArn('ec2', region, account, `security-group/${id}`);
}

export function shownGroup(group: SecurityGroupRecord): SecurityGroup {
  const rules = (isEgress: boolean): IpPermission[] =>
    shownPermissions(
      group.rules.filter((rule) => rule.isEgress === isEgress),
      group.account,
    );
  return {
    GroupId: group.id,
    GroupName: group.name,
    Description: group.description,
    OwnerId: group.account,
    VpcId: group.vpcId,
    SecurityGroupArn: groupArn(group),
    IpPermissions: rules(false),
    IpPermissionsEgress: rules(true),
    Tags: tagList(group),
  };
}

/** Rules as permissions: one for all rules of a protocol and ports. */
export function shownPermissions(rules: readonly GivenRule[], account: string): IpPermission[] {
  const groups = new Map<string, GivenRule[]>();
  for (const rule of rules) {
    const key = `${rule.protocol} ${rule.fromPort} ${rule.toPort}`;
    const present = groups.get(key);
    if (present === undefined) groups.set(key, [rule]);
    else present.push(rule);
  }
  return [...groups.values()].map((members) => shownPermission(members, account));
}

function shownPermission(rules: readonly GivenRule[], account: string): IpPermission {
  const [first] = rules;
  const { protocol, fromPort, toPort } = first ?? { protocol: '-1', fromPort: -1, toPort: -1 };
  const described = ({ description }: GivenRule) => (description === undefined ? {} : { Description: description });
  const hasPorts = ['tcp', 'udp', 'icmp', 'icmpv6'].includes(protocol);
  return {
    IpProtocol: protocol,
    ...(hasPorts ? { FromPort: fromPort, ToPort: toPort } : {}),
    IpRanges: rules.flatMap((rule) => ('cidr' in rule.peer ? [{ CidrIp: rule.peer.cidr, ...described(rule) }] : [])),
    Ipv6Ranges: rules.flatMap((rule) =>
      'cidrIpv6' in rule.peer ? [{ CidrIpv6: rule.peer.cidrIpv6, ...described(rule) }] : [],
    ),
    PrefixListIds: rules.flatMap((rule) =>
      'prefixListId' in rule.peer ? [{ PrefixListId: rule.peer.prefixListId, ...described(rule) }] : [],
    ),
    UserIdGroupPairs: rules.flatMap((rule) =>
      'groupId' in rule.peer ? [{ GroupId: rule.peer.groupId, UserId: account, ...described(rule) }] : [],
    ),
  };
}

export function shownRule(group: SecurityGroupRecord, rule: SecurityGroupRule): ShownRule {
  const { peer } = rule;
  return {
    SecurityGroupRuleId: rule.id,
    SecurityGroupRuleArn: formatArn('ec2', group.region, group.account, `security-group-rule/${rule.id}`),
    GroupId: group.id,
    GroupOwnerId: group.account,
    IsEgress: rule.isEgress,
    IpProtocol: rule.protocol,
    FromPort: rule.fromPort,
    ToPort: rule.toPort,
    ...('cidr' in peer ? { CidrIpv4: peer.cidr } : {}),
    ...('cidrIpv6' in peer ? { CidrIpv6: peer.cidrIpv6 } : {}),
    ...('prefixListId' in peer ? { PrefixListId: peer.prefixListId } : {}),
    ...('groupId' in peer ? { ReferencedGroupInfo: { GroupId: peer.groupId, UserId: group.account } } : {}),
    ...(rule.description === undefined ? {} : { Description: rule.description }),
    Tags: tagList(rule),
  };
}

export function shownRevokedRule(group: SecurityGroupRecord, rule: SecurityGroupRule): RevokedSecurityGroupRule {
  const { peer } = rule;
  return {
    SecurityGroupRuleId: rule.id,
    GroupId: group.id,
    IsEgress: rule.isEgress,
    IpProtocol: rule.protocol,
    FromPort: rule.fromPort,
    ToPort: rule.toPort,
    ...('cidr' in peer ? { CidrIpv4: peer.cidr } : {}),
    ...('cidrIpv6' in peer ? { CidrIpv6: peer.cidrIpv6 } : {}),
    ...('prefixListId' in peer ? { PrefixListId: peer.prefixListId } : {}),
    ...('groupId' in peer ? { ReferencedGroupId: peer.groupId } : {}),
    ...(rule.description === undefined ? {} : { Description: rule.description }),
  };
}
