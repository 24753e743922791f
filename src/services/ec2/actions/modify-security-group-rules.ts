import { changing, type ChangeDeps, type Ec2Handler } from '../core.ts';
import { invalidParameterValue, missingParameter, notFound } from '../errors.ts';
import { maxRulesInRequest } from '../limits.ts';
import { securityGroups } from '../records/security-group.ts';
import { requestedRule } from '../security-groups/given-rules.ts';
import { groupOf } from '../security-groups/groups.ts';
import { checkRules } from '../security-groups/rules.ts';

/** A rule keeps its id and tags. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html */
export function modifySecurityGroupRules(deps: ChangeDeps): Ec2Handler<'ModifySecurityGroupRules'> {
  return changing<'ModifySecurityGroupRules'>(deps, ['GroupId', 'SecurityGroupRules'], (input, change) => {
    const group = groupOf(change, input);
    const updates = input.SecurityGroupRules;
    if (updates.length === 0) throw missingParameter('securityGroupRule');
    if (updates.length > maxRulesInRequest)
      throw invalidParameterValue(`More than ${maxRulesInRequest} rules are given`);
    if (new Set(updates.map(({ SecurityGroupRuleId }) => SecurityGroupRuleId)).size < updates.length) {
      throw invalidParameterValue('The same security group rule ID must not appear multiple times');
    }
    const rules = [...group.rules];
    for (const { SecurityGroupRuleId: id, SecurityGroupRule: request } of updates) {
      const at = rules.findIndex((rule) => rule.id === id);
      const present = rules[at];
      if (present === undefined) throw notFound('securityGroupRule', id);
      if (request === undefined) throw missingParameter('securityGroupRule');
      const of = { group, isEgress: present.isEgress, peersMustExist: true };
      rules[at] = { id, ...requestedRule(change, request, of), tags: present.tags };
    }
    checkRules(change.writer, rules);
    change.writer.put(securityGroups, { ...group, rules });
    return { Return: true };
  });
}
