import type { SecurityGroupRuleDescription } from '../../../protocol/generated/ec2.ts';
import { changing, type Change, type ChangeDeps, type Ec2Handler } from '../core.ts';
import { invalidCombination, notFound } from '../errors.ts';
import { securityGroups, type SecurityGroupRecord, type SecurityGroupRule } from '../records/security-group.ts';
import { unknownRule } from '../security-groups/errors.ts';
import { givenRules, type RulesInput } from '../security-groups/given-rules.ts';
import { groupOf } from '../security-groups/groups.ts';
import { readDescription } from '../security-groups/rule-parts.ts';
import { sameContent } from '../security-groups/rules.ts';

interface UpdateInput extends Pick<RulesInput, 'IpPermissions'> {
  readonly SecurityGroupRuleDescriptions?: readonly SecurityGroupRuleDescription[] | undefined;
}

interface Of {
  readonly group: SecurityGroupRecord;
  readonly isEgress: boolean;
}

const takes = ['GroupId', 'GroupName', 'IpPermissions', 'SecurityGroupRuleDescriptions'] as const;

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsIngress.html */
export function updateSecurityGroupRuleDescriptionsIngress(
  deps: ChangeDeps,
): Ec2Handler<'UpdateSecurityGroupRuleDescriptionsIngress'> {
  return changing<'UpdateSecurityGroupRuleDescriptionsIngress'>(deps, takes, (input, change) =>
    update(change, input, { group: groupOf(change, input), isEgress: false }),
  );
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsEgress.html */
export function updateSecurityGroupRuleDescriptionsEgress(
  deps: ChangeDeps,
): Ec2Handler<'UpdateSecurityGroupRuleDescriptionsEgress'> {
  return changing<'UpdateSecurityGroupRuleDescriptionsEgress'>(deps, takes, (input, change) =>
    update(change, input, { group: groupOf(change, input), isEgress: true }),
  );
}

function update(change: Change, input: UpdateInput, of: Of): { readonly Return: boolean } {
  const { group } = of;
  const byId = input.SecurityGroupRuleDescriptions ?? [];
  if (byId.length > 0 && input.IpPermissions !== undefined && input.IpPermissions.length > 0) {
    throw invalidCombination(
      "The parameter 'ipPermissions' may not be used in combination with 'securityGroupRuleDescriptions'",
    );
  }
  const rules = [...group.rules];
  const describe = (at: number, missing: () => Error, description: string | undefined): void => {
    const present = rules[at];
    if (present === undefined) throw missing();
    rules[at] = described(present, description);
  };
  for (const { SecurityGroupRuleId: id = '', Description } of byId) {
    const at = rules.findIndex((rule) => rule.id === id && rule.isEgress === of.isEgress);
    describe(at, () => notFound('securityGroupRule', id), Description);
  }
  for (const given of byId.length > 0 ? [] : givenRules(change, input, { ...of, peersMustExist: false })) {
    const at = rules.findIndex((rule) => sameContent(rule, given));
    describe(at, unknownRule, given.description);
  }
  change.writer.put(securityGroups, { ...group, rules });
  return { Return: true };
}

/** Without one, the rule has none any more. */
function described({ description: _before, ...rule }: SecurityGroupRule, text: string | undefined): SecurityGroupRule {
  return { ...rule, ...readDescription(text) };
}
