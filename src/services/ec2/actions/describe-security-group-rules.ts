import { formatArn } from '../../../kernel/index.ts';
import type { Handler } from '../../../protocol/api/index.ts';
import type { Operations, SecurityGroupRule } from '../../../protocol/generated/ec2.ts';
import { describing } from '../core.ts';
import { defaultNetwork } from '../default-network.ts';
import type { SecurityGroupRuleInfo } from '../default-network.ts';
import { chooseFew } from '../describe.ts';
import type { FilterFields } from '../filters.ts';
import type { Scope } from '../records/scope.ts';

type Action = Handler<
  Operations['DescribeSecurityGroupRules']['input'],
  Operations['DescribeSecurityGroupRules']['output']
>;

const fields: FilterFields<SecurityGroupRuleInfo> = {
  'group-id': ({ groupId }) => [groupId],
  'security-group-rule-id': ({ id }) => [id],
};

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupRules.html */
export function describeSecurityGroupRules(): Action {
  return describing<'DescribeSecurityGroupRules'>((input, scope) => {
    const { items, next } = chooseFew(input, {
      items: defaultNetwork(scope).securityGroup.rules,
      kind: 'securityGroupRule',
      ids: input.SecurityGroupRuleIds,
      idOf: ({ id }) => id,
      fields,
    });
    return { SecurityGroupRules: items.map((rule) => shape(rule, scope)), ...next };
  });
}

function shape(rule: SecurityGroupRuleInfo, scope: Scope): SecurityGroupRule {
  const { cidr, referencedGroupId } = rule;
  return {
    SecurityGroupRuleId: rule.id,
    SecurityGroupRuleArn: formatArn('ec2', scope.region, scope.account, `security-group-rule/${rule.id}`),
    GroupId: rule.groupId,
    GroupOwnerId: scope.account,
    IsEgress: rule.isEgress,
    IpProtocol: rule.protocol,
    FromPort: -1,
    ToPort: -1,
    ...(cidr === undefined ? {} : { CidrIpv4: cidr }),
    ...(referencedGroupId === undefined
      ? {}
      : { ReferencedGroupInfo: { GroupId: referencedGroupId, UserId: scope.account } }),
    Tags: [],
  };
}
