import { formatArn } from '../../../kernel/index.ts';
import type { Handler } from '../../../protocol/api/index.ts';
import type { IpPermission, Operations, SecurityGroup } from '../../../protocol/generated/ec2.ts';
import { describing } from '../core.ts';
import type { Ec2Deps } from '../core.ts';
import { chooseFew } from '../describe.ts';
import { notFound } from '../errors.ts';
import type { FilterFields } from '../filters.ts';
import { Networks } from '../networks.ts';
import { securityGroups, type SecurityGroupRecord, type SecurityGroupRule } from '../records/security-group.ts';
import { vpcs } from '../records/vpc.ts';
import { tagList } from '../tags.ts';

type Action = Handler<Operations['DescribeSecurityGroups']['input'], Operations['DescribeSecurityGroups']['output']>;

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html */
export function describeSecurityGroups({ database }: Ec2Deps): Action {
  const networks = new Networks(database);
  return describing<'DescribeSecurityGroups'>((input, scope) => {
    const groups = networks.all(securityGroups, scope);
    const { GroupNames: names = [] } = input;
    const defaultVpc = networks.all(vpcs, scope).find(({ isDefault }) => isDefault);
    const isNamed = ({ name, vpcId }: SecurityGroupRecord) => vpcId === defaultVpc?.id && names.includes(name);
    const unknown = names.find((name) => !groups.some((group) => isNamed(group) && group.name === name));
    if (unknown !== undefined) throw notFound('securityGroup', unknown, ` in default VPC '${defaultVpc?.id ?? ''}'`);
    const { items, next } = chooseFew(input, {
      items: names.length === 0 ? groups : groups.filter(isNamed),
      kind: 'securityGroup',
      ids: input.GroupIds,
      idOf: ({ id }) => id,
      fields,
    });
    return { SecurityGroups: items.map(shape), ...next };
  });
}

const fields: FilterFields<SecurityGroupRecord> = {
  description: ({ description }) => [description],
  'group-id': ({ id }) => [id],
  'group-name': ({ name }) => [name],
  'owner-id': ({ account }) => [account],
  'vpc-id': ({ vpcId }) => [vpcId],
  ...permissionFields('ip-permission', false),
  ...permissionFields('egress.ip-permission', true),
};

function permissionFields(prefix: string, isEgress: boolean): FilterFields<SecurityGroupRecord> {
  const rules = (group: SecurityGroupRecord) => group.rules.filter((rule) => rule.isEgress === isEgress);
  const groupOf = ({ peer }: SecurityGroupRule) => ('groupId' in peer ? peer.groupId : undefined);
  return {
    [`${prefix}.cidr`]: (group) => rules(group).map(({ peer }) => ('cidr' in peer ? peer.cidr : undefined)),
    [`${prefix}.group-id`]: (group) => rules(group).map(groupOf),
    [`${prefix}.protocol`]: (group) => rules(group).map(({ protocol }) => protocol),
    [`${prefix}.user-id`]: (group) =>
      rules(group).map((rule) => (groupOf(rule) === undefined ? undefined : group.account)),
  };
}

function shape(group: SecurityGroupRecord): SecurityGroup {
  const permissions = (isEgress: boolean): IpPermission[] =>
    group.rules.filter((rule) => rule.isEgress === isEgress).map((rule) => permission(rule, group.account));
  return {
    GroupId: group.id,
    GroupName: group.name,
    Description: group.description,
    OwnerId: group.account,
    VpcId: group.vpcId,
    SecurityGroupArn: formatArn('ec2', group.region, group.account, `security-group/${group.id}`),
    IpPermissions: permissions(false),
    IpPermissionsEgress: permissions(true),
    Tags: tagList(group),
  };
}

function permission({ protocol, peer }: SecurityGroupRule, account: string): IpPermission {
  return {
    IpProtocol: protocol,
    IpRanges: 'cidr' in peer ? [{ CidrIp: peer.cidr }] : [],
    Ipv6Ranges: [],
    PrefixListIds: [],
    UserIdGroupPairs: 'groupId' in peer ? [{ GroupId: peer.groupId, UserId: account }] : [],
  };
}
