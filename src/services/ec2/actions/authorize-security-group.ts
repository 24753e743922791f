import { changing, type Change, type ChangeDeps, type Ec2Handler } from '../core.ts';
import type { SecurityGroupRule as ShownRule, TagSpecification } from '../../../protocol/generated/ec2.ts';
import { securityGroups, type SecurityGroupRecord } from '../records/security-group.ts';
import { givenRules, rulesInputMembers, type RulesInput } from '../security-groups/given-rules.ts';
import { groupOf } from '../security-groups/groups.ts';
import { checkRules } from '../security-groups/rules.ts';
import { shownRule } from '../security-groups/shown.ts';
import { tagsFor } from '../tags.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html */
export function authorizeSecurityGroupIngress(deps: ChangeDeps): Ec2Handler<'AuthorizeSecurityGroupIngress'> {
  const takes = ['GroupId', 'GroupName', 'TagSpecifications', ...rulesInputMembers] as const;
  return changing<'AuthorizeSecurityGroupIngress'>(deps, takes, (input, change) => ({
    Return: true,
    SecurityGroupRules: authorize(change, input, { group: groupOf(change, input), isEgress: false }),
  }));
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupEgress.html */
export function authorizeSecurityGroupEgress(deps: ChangeDeps): Ec2Handler<'AuthorizeSecurityGroupEgress'> {
  const takes = ['GroupId', 'TagSpecifications', ...rulesInputMembers] as const;
  return changing<'AuthorizeSecurityGroupEgress'>(deps, takes, (input, change) => ({
    Return: true,
    SecurityGroupRules: authorize(change, input, { group: groupOf(change, input), isEgress: true }),
  }));
}

function authorize(
  change: Change,
  input: RulesInput & { readonly TagSpecifications?: readonly TagSpecification[] | undefined },
  of: { readonly group: SecurityGroupRecord; readonly isEgress: boolean },
): ShownRule[] {
  const { group } = of;
  const tags = tagsFor('security-group-rule', input.TagSpecifications);
  const given = givenRules(change, input, { ...of, peersMustExist: true });
  const added = given.map((rule) => ({ id: change.newId('sgr'), ...rule, tags }));
  const rules = [...group.rules, ...added];
  checkRules(change.writer, rules);
  if (added.length > 0) change.writer.put(securityGroups, { ...group, rules });
  return added.map((rule) => shownRule(group, rule));
}
