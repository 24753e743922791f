import { formatArn } from '../../../kernel/index.ts';
import type { Handler } from '../../../protocol/api/index.ts';
import type { IpPermission, Operations, SecurityGroup } from '../../../protocol/generated/ec2.ts';
import { describing } from '../core.ts';
import { defaultNetwork } from '../default-network.ts';
import type { SecurityGroupInfo, SecurityGroupRuleInfo } from '../default-network.ts';
import { chooseFew } from '../describe.ts';
import { notFound } from '../errors.ts';
import type { FilterFields } from '../filters.ts';
import type { Scope } from '../records/scope.ts';

type Action = Handler<Operations['DescribeSecurityGroups']['input'], Operations['DescribeSecurityGroups']['output']>;

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html */
export function describeSecurityGroups(): Action {
  return describing<'DescribeSecurityGroups'>((input, scope) => {
    const { vpcId, securityGroup } = defaultNetwork(scope);
    const unknown = input.GroupNames?.find((name) => name !== securityGroup.name);
    if (unknown !== undefined) throw notFound('securityGroup', unknown, ` in default VPC '${vpcId}'`);
    const { items, next } = chooseFew(input, {
      items: [securityGroup],
      kind: 'securityGroup',
      ids: input.GroupIds,
      idOf: ({ id }) => id,
      fields: fieldsOf(scope),
    });
    return { SecurityGroups: items.map((group) => shape(group, scope)), ...next };
  });
}

function fieldsOf({ account }: Scope): FilterFields<SecurityGroupInfo> {
  const fields: Record<string, (group: SecurityGroupInfo) => readonly (string | undefined)[]> = {
    description: ({ description }) => [description],
    'group-id': ({ id }) => [id],
    'group-name': ({ name }) => [name],
    'owner-id': () => [account],
    'vpc-id': ({ vpcId }) => [vpcId],
  };
  for (const [prefix, isEgress] of [
    ['ip-permission', false],
    ['egress.ip-permission', true],
  ] as const) {
    const rules = (group: SecurityGroupInfo) => group.rules.filter((rule) => rule.isEgress === isEgress);
    fields[`${prefix}.cidr`] = (group) => rules(group).map(({ cidr }) => cidr);
    fields[`${prefix}.group-id`] = (group) => rules(group).map(({ referencedGroupId }) => referencedGroupId);
    fields[`${prefix}.protocol`] = (group) => rules(group).map(({ protocol }) => protocol);
    fields[`${prefix}.user-id`] = (group) =>
      rules(group).map(({ referencedGroupId }) => (referencedGroupId === undefined ? undefined : account));
  }
  return fields;
}

function shape(group: SecurityGroupInfo, scope: Scope): SecurityGroup {
  const permissions = (isEgress: boolean): IpPermission[] =>
    group.rules.filter((rule) => rule.isEgress === isEgress).map((rule) => permission(rule, scope.account));
  return {
    GroupId: group.id,
    GroupName: group.name,
    Description: group.description,
    OwnerId: scope.account,
    VpcId: group.vpcId,
    SecurityGroupArn: formatArn('ec2', scope.region, scope.account, `security-group/${group.id}`),
    IpPermissions: permissions(false),
    IpPermissionsEgress: permissions(true),
    Tags: [],
  };
}

function permission(rule: SecurityGroupRuleInfo, account: string): IpPermission {
  return {
    IpProtocol: rule.protocol,
    IpRanges: rule.cidr === undefined ? [] : [{ CidrIp: rule.cidr }],
    Ipv6Ranges: [],
    PrefixListIds: [],
    UserIdGroupPairs:
      rule.referencedGroupId === undefined ? [] : [{ GroupId: rule.referencedGroupId, UserId: account }],
  };
}
