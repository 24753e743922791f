import { describing, type Ec2Deps, type Ec2Handler } from '../core.ts';
import { chooseFew } from '../describe.ts';
import { notFound } from '../errors.ts';
import type { FilterFields } from '../filters.ts';
import { Networks } from '../networks.ts';
import type { Scope } from '../records/scope.ts';
import { securityGroups, type SecurityGroupRecord, type SecurityGroupRule } from '../records/security-group.ts';
import { checkedId, defaultVpcOf } from '../security-groups/groups.ts';
import { shownGroup } from '../security-groups/shown.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html */
export function describeSecurityGroups({ database }: Ec2Deps): Ec2Handler<'DescribeSecurityGroups'> {
  const networks = new Networks(database);
  return describing<'DescribeSecurityGroups'>((input, scope) => {
    const groups = networks.all(securityGroups, scope);
    const { GroupNames: names = [] } = input;
    const defaultVpc = defaultVpcOf(networks, scope);
    const isNamed = ({ name, vpcId }: SecurityGroupRecord) => vpcId === defaultVpc && names.includes(name);
    const unknown = names.find((name) => !groups.some((group) => isNamed(group) && group.name === name));
    if (unknown !== undefined) throw notFound('securityGroup', unknown, ` in default VPC '${defaultVpc ?? 'null'}'`);
    const { items, next } = chooseFew(input, {
      items: names.length === 0 ? groups : groups.filter(isNamed),
      kind: 'securityGroup',
      ids: input.GroupIds?.map(checkedId),
      idOf: ({ id }) => id,
      fields: fieldsOf(networks, scope),
    });
    return { SecurityGroups: items.map(shownGroup), ...next };
  });
}

function fieldsOf(networks: Networks, scope: Scope): FilterFields<SecurityGroupRecord> {
  return {
    description: ({ description }) => [description],
    'group-id': ({ id }) => [id],
    'group-name': ({ name }) => [name],
    'owner-id': ({ account }) => [account],
    'vpc-id': ({ vpcId }) => [vpcId],
    ...permissionFields(networks, scope, { prefix: 'ip-permission', isEgress: false }),
    ...permissionFields(networks, scope, { prefix: 'egress.ip-permission', isEgress: true }),
  };
}

function permissionFields(
  networks: Networks,
  scope: Scope,
  { prefix, isEgress }: { readonly prefix: string; readonly isEgress: boolean },
): FilterFields<SecurityGroupRecord> {
  const field =
    (valueOf: (rule: SecurityGroupRule) => string | number | undefined) =>
    (group: SecurityGroupRecord): readonly (string | undefined)[] =>
      group.rules.filter((rule) => rule.isEgress === isEgress).map((rule) => valueOf(rule)?.toString());
  const groupId = ({ peer }: SecurityGroupRule): string | undefined => ('groupId' in peer ? peer.groupId : undefined);
  return {
    [`${prefix}.cidr`]: field(({ peer }) => ('cidr' in peer ? peer.cidr : undefined)),
    [`${prefix}.from-port`]: field(({ fromPort }) => fromPort),
    [`${prefix}.group-id`]: field(groupId),
    [`${prefix}.group-name`]: field((rule) => networks.get(securityGroups, scope, groupId(rule) ?? '')?.name),
    [`${prefix}.ipv6-cidr`]: field(({ peer }) => ('cidrIpv6' in peer ? peer.cidrIpv6 : undefined)),
    [`${prefix}.prefix-list-id`]: field(({ peer }) => ('prefixListId' in peer ? peer.prefixListId : undefined)),
    [`${prefix}.protocol`]: field(({ protocol }) => protocol),
    [`${prefix}.to-port`]: field(({ toPort }) => toPort),
    [`${prefix}.user-id`]: field((rule) => (groupId(rule) === undefined ? undefined : scope.account)),
  };
}
