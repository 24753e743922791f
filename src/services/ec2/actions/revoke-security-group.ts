import type { IpPermission, RevokedSecurityGroupRule } from '../../../protocol/generated/ec2.ts';
import { changing, type Change, type ChangeDeps, type Ec2Handler } from '../core.ts';
import { invalidCombination, notFound } from '../errors.ts';
import { securityGroups, type SecurityGroupRecord, type SecurityGroupRule } from '../records/security-group.ts';
import { unknownRule } from '../security-groups/errors.ts';
import { givenRules, rulesInputMembers, type RulesInput } from '../security-groups/given-rules.ts';
import { defaultVpcOf, groupOf } from '../security-groups/groups.ts';
import { contentKey, sameContent, type GivenRule } from '../security-groups/rules.ts';
import { shownPermissions, shownRevokedRule } from '../security-groups/shown.ts';

interface RevokeInput extends RulesInput {
  readonly SecurityGroupRuleIds?: readonly string[] | undefined;
}

interface Of {
  readonly group: SecurityGroupRecord;
  readonly isEgress: boolean;
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html */
export function revokeSecurityGroupIngress(deps: ChangeDeps): Ec2Handler<'RevokeSecurityGroupIngress'> {
  const takes = ['GroupId', 'GroupName', 'SecurityGroupRuleIds', ...rulesInputMembers] as const;
  return changing<'RevokeSecurityGroupIngress'>(deps, takes, (input, change) =>
    revoke(change, input, { group: groupOf(change, input), isEgress: false }),
  );
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupEgress.html */
export function revokeSecurityGroupEgress(deps: ChangeDeps): Ec2Handler<'RevokeSecurityGroupEgress'> {
  const takes = ['GroupId', 'SecurityGroupRuleIds', ...rulesInputMembers] as const;
  return changing<'RevokeSecurityGroupEgress'>(deps, takes, (input, change) =>
    revoke(change, input, { group: groupOf(change, input), isEgress: true }),
  );
}

interface Revoked {
  readonly Return: boolean;
  readonly UnknownIpPermissions?: IpPermission[];
  readonly RevokedSecurityGroupRules: RevokedSecurityGroupRule[];
}

function revoke(change: Change, input: RevokeInput, of: Of): Revoked {
  const { group } = of;
  const ids = input.SecurityGroupRuleIds ?? [];
  if (ids.length > 0 && rulesInputMembers.some((name) => input[name] !== undefined)) {
    throw invalidCombination("The parameter 'securityGroupRuleIds' may not be used in combination with rules");
  }
  const { rules, unknown } = ids.length > 0 ? byId(ids, of) : byContent(change, input, of);
  const revoked = new Set(rules.map(({ id }) => id));
  if (revoked.size > 0) {
    change.writer.put(securityGroups, { ...group, rules: group.rules.filter(({ id }) => !revoked.has(id)) });
  }
  return {
    Return: true,
    ...(unknown.length === 0 ? {} : { UnknownIpPermissions: shownPermissions(unknown, group.account) }),
    RevokedSecurityGroupRules: rules.map((rule) => shownRevokedRule(group, rule)),
  };
}

interface Found {
  readonly rules: readonly SecurityGroupRule[];
  readonly unknown: readonly GivenRule[];
}

function byId(ids: readonly string[], { group, isEgress }: Of): Found {
  const rules = [...new Set(ids)].map((id) => {
    const rule = group.rules.find((each) => each.id === id && each.isEgress === isEgress);
    if (rule === undefined) throw notFound('securityGroupRule', id);
    return rule;
  });
  return { rules, unknown: [] };
}

/** In the default VPC rules that are not there are named in the answer, in other VPCs they are an error. */
function byContent(change: Change, input: RevokeInput, of: Of): Found {
  const { group } = of;
  const given = givenRules(change, input, { ...of, peersMustExist: false });
  const wanted = new Set(given.map(contentKey));
  const rules = group.rules.filter((rule) => wanted.has(contentKey(rule)));
  const unknown = given.filter((rule) => !rules.some((each) => sameContent(each, rule)));
  if (unknown.length > 0 && group.vpcId !== defaultVpcOf(change.networks, change.scope)) throw unknownRule();
  return { rules, unknown };
}
