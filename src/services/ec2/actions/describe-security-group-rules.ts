import { formatArn } from '../../../kernel/index.ts';
import type { Handler } from '../../../protocol/api/index.ts';
import type { Operations, SecurityGroupRule } from '../../../protocol/generated/ec2.ts';
import { describing } from '../core.ts';
import type { Ec2Deps } from '../core.ts';
import { chooseFew } from '../describe.ts';
import type { FilterFields } from '../filters.ts';
import { Networks } from '../networks.ts';
import {
  securityGroups,
  type SecurityGroupRecord,
  type SecurityGroupRule as RuleRecord,
} from '../records/security-group.ts';
import { tagList } from '../tags.ts';

type Action = Handler<
  Operations['DescribeSecurityGroupRules']['input'],
  Operations['DescribeSecurityGroupRules']['output']
>;

interface RuleOfGroup extends RuleRecord {
  readonly group: SecurityGroupRecord;
}

const fields: FilterFields<RuleOfGroup> = {
  'group-id': ({ group }) => [group.id],
  'security-group-rule-id': ({ id }) => [id],
};

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupRules.html */
export function describeSecurityGroupRules({ database }: Ec2Deps): Action {
  const networks = new Networks(database);
  return describing<'DescribeSecurityGroupRules'>((input, scope) => {
    const { items, next } = chooseFew(input, {
      items: networks.all(securityGroups, scope).flatMap((group) => group.rules.map((rule) => ({ ...rule, group }))),
      kind: 'securityGroupRule',
      ids: input.SecurityGroupRuleIds,
      idOf: ({ id }) => id,
      fields,
    });
    return { SecurityGroupRules: items.map(shape), ...next };
  });
}

function shape(rule: RuleOfGroup): SecurityGroupRule {
  const { group, peer } = rule;
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
    ...('groupId' in peer ? { ReferencedGroupInfo: { GroupId: peer.groupId, UserId: group.account } } : {}),
    Tags: tagList(rule),
  };
}
