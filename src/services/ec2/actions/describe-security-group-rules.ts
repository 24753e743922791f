import { describing, type Ec2Deps, type Ec2Handler } from '../core.ts';
import { chooseFew } from '../describe.ts';
import { literalFilter, type FilterFields } from '../filters.ts';
import { Networks } from '../networks.ts';
import type { Scope } from '../records/scope.ts';
import { securityGroups, type SecurityGroupRecord, type SecurityGroupRule } from '../records/security-group.ts';
import { shownRule } from '../security-groups/shown.ts';

interface RuleOfGroup extends SecurityGroupRule {
  readonly group: SecurityGroupRecord;
}

const fields: FilterFields<RuleOfGroup> = {
  'group-id': ({ group }) => [group.id],
  'security-group-rule-id': ({ id }) => [id],
};

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupRules.html */
export function describeSecurityGroupRules({ database }: Ec2Deps): Ec2Handler<'DescribeSecurityGroupRules'> {
  const networks = new Networks(database);
  return describing<'DescribeSecurityGroupRules'>((input, scope) => {
    const groups = groupsAsked(networks, scope, literalFilter(input.Filters, 'group-id'));
    const { items, next } = chooseFew(input, {
      items: groups.flatMap((group) => group.rules.map((rule) => ({ ...rule, group }))),
      kind: 'securityGroupRule',
      ids: input.SecurityGroupRuleIds,
      idOf: ({ id }) => id,
      fields,
    });
    return { SecurityGroupRules: items.map(({ group, ...rule }) => shownRule(group, rule)), ...next };
  });
}

/** The rules of one group are what nearly everybody asks for. */
function groupsAsked(networks: Networks, scope: Scope, id: string | undefined): readonly SecurityGroupRecord[] {
  if (id === undefined) return networks.all(securityGroups, scope);
  const group = networks.get(securityGroups, scope, id);
  return group === undefined ? [] : [group];
}
