import { formatArn } from '../../kernel/index.ts';
import {
  conditionValues,
  questionsOnEach,
  type AccessQuestion,
  type Authorization,
  type RequestContext,
} from '../../protocol/api/index.ts';
import type { Operations, TagSpecification } from '../../protocol/generated/ec2.ts';
import { maxRulesInRequest } from './limits.ts';
import type { Networks } from './networks.ts';
import type { NetworkTable } from './records/network-table.ts';
import { prefixLists } from './records/prefix-list.ts';
import type { NetworkThing, Tagged } from './records/scope.ts';
import { securityGroups, type SecurityGroupRecord } from './records/security-group.ts';
import { vpcs } from './records/vpc.ts';
import { defaultVpcOf } from './security-groups/groups.ts';

type Name = keyof Operations;
type Specifications = readonly TagSpecification[] | undefined;

interface Named {
  readonly GroupId?: string | undefined;
  readonly GroupName?: string | undefined;
}

/**
 * What the operations on security groups and prefix lists ask of the caller's policies. Where a rule is named by its own id, it is a resource of its own.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
export function securityGroupAuthorization(networks: Networks) {
  const ask = new Asking(networks);
  return {
    AuthorizeSecurityGroupEgress: (input, context) => [
      ask.group('AuthorizeSecurityGroupEgress', input, context),
      ...ask.tagging('AuthorizeSecurityGroupEgress', 'security-group-rule', input.TagSpecifications, context),
    ],
    AuthorizeSecurityGroupIngress: (input, context) => [
      ask.group('AuthorizeSecurityGroupIngress', input, context),
      ...ask.tagging('AuthorizeSecurityGroupIngress', 'security-group-rule', input.TagSpecifications, context),
    ],
    CreateManagedPrefixList: ({ TagSpecifications }, context) =>
      ask.creating('CreateManagedPrefixList', 'prefix-list', TagSpecifications, context),
    CreateSecurityGroup: ({ VpcId, TagSpecifications }, context) => [
      ...ask.creating('CreateSecurityGroup', 'security-group', TagSpecifications, context),
      ask.vpc('CreateSecurityGroup', VpcId ?? defaultVpcOf(networks, context) ?? '', context),
    ],
    DeleteManagedPrefixList: ({ PrefixListId }, context) => [
      ask.list('DeleteManagedPrefixList', PrefixListId, context),
    ],
    DeleteSecurityGroup: (input, context) => [ask.group('DeleteSecurityGroup', input, context)],
    DescribeManagedPrefixLists: (_input, context) => [ask.any('DescribeManagedPrefixLists', context)],
    DescribeSecurityGroupReferences: (_input, context) => [ask.any('DescribeSecurityGroupReferences', context)],
    DescribeSecurityGroupRules: (_input, context) => [ask.any('DescribeSecurityGroupRules', context)],
    DescribeSecurityGroups: (_input, context) => [ask.any('DescribeSecurityGroups', context)],
    DescribeStaleSecurityGroups: (_input, context) => [ask.any('DescribeStaleSecurityGroups', context)],
    GetManagedPrefixListAssociations: ({ PrefixListId }, context) => [
      ask.list('GetManagedPrefixListAssociations', PrefixListId, context),
    ],
    GetManagedPrefixListEntries: ({ PrefixListId }, context) => [
      ask.list('GetManagedPrefixListEntries', PrefixListId, context),
    ],
    GetSecurityGroupsForVpc: ({ VpcId }, context) => [ask.vpc('GetSecurityGroupsForVpc', VpcId, context)],
    ModifyManagedPrefixList: ({ PrefixListId }, context) => [
      ask.list('ModifyManagedPrefixList', PrefixListId, context),
    ],
    ModifySecurityGroupRules: (input, context) => [
      ask.group('ModifySecurityGroupRules', input, context),
      ...ask.rules(
        'ModifySecurityGroupRules',
        input.SecurityGroupRules.map(({ SecurityGroupRuleId }) => SecurityGroupRuleId),
        { group: ask.find(input, context), context },
      ),
    ],
    RevokeSecurityGroupEgress: (input, context) => [ask.group('RevokeSecurityGroupEgress', input, context)],
    RevokeSecurityGroupIngress: (input, context) => [ask.group('RevokeSecurityGroupIngress', input, context)],
    UpdateSecurityGroupRuleDescriptionsEgress: (input, context) => [
      ask.group('UpdateSecurityGroupRuleDescriptionsEgress', input, context),
    ],
    UpdateSecurityGroupRuleDescriptionsIngress: (input, context) => [
      ask.group('UpdateSecurityGroupRuleDescriptionsIngress', input, context),
    ],
  } satisfies Authorization<Operations>;
}

/** The questions' common parts. */
class Asking {
  readonly #networks: Networks;

  constructor(networks: Networks) {
    this.#networks = networks;
  }

  any(action: Name, { region }: RequestContext): AccessQuestion {
    return { action: `ec2:${action}`, resource: '*', context: conditionValues({ keys: { 'ec2:Region': region } }) };
  }

  find({ GroupId, GroupName }: Named, context: RequestContext): SecurityGroupRecord | undefined {
    if (GroupId !== undefined) return this.#networks.get(securityGroups, context, GroupId);
    const vpcId = defaultVpcOf(this.#networks, context) ?? '';
    return this.#networks.ofVpc(securityGroups, context, vpcId).find(({ name }) => name === GroupName);
  }

  group(action: Name, named: Named, context: RequestContext): AccessQuestion {
    const group = this.find(named, context);
    const id = named.GroupId ?? group?.id ?? '*';
    return this.#about(action, context, {
      path: `security-group/${id}`,
      tagged: group,
      keys: { 'ec2:SecurityGroupID': id, ...(group === undefined ? {} : vpcKey(context, group.vpcId)) },
    });
  }

  rules(
    action: Name,
    ids: readonly string[],
    { group, context }: { readonly group: SecurityGroupRecord | undefined; readonly context: RequestContext },
  ): readonly AccessQuestion[] {
    const about = (id: string): AccessQuestion =>
      this.#about(action, context, {
        path: `security-group-rule/${id}`,
        tagged: group?.rules.find((rule) => rule.id === id),
        keys: {},
      });
    return questionsOnEach(ids, { max: maxRulesInRequest, any: () => about('*') }, about);
  }

  list(action: Name, id: string, context: RequestContext): AccessQuestion {
    return this.#stored(action, context, { table: prefixLists, id, path: `prefix-list/${id}`, keys: {} });
  }

  vpc(action: Name, id: string, context: RequestContext): AccessQuestion {
    const keys = { 'ec2:VpcID': id, 'ec2:Tenancy': 'default' };
    return this.#stored(action, context, { table: vpcs, id, path: `vpc/${id}`, keys });
  }

  /** What is made has no id yet. */
  creating(
    action: Name,
    type: string,
    specifications: Specifications,
    context: RequestContext,
  ): readonly AccessQuestion[] {
    const path = `${type}/*`;
    const requestTags = tagsOf(specifications);
    return [
      this.#about(action, context, { path, tagged: undefined, keys: {}, requestTags }),
      ...this.tagging(action, type, specifications, context),
    ];
  }

  /** Whoever makes something with tags must be allowed to tag it. */
  tagging(
    action: Name,
    type: string,
    specifications: Specifications,
    context: RequestContext,
  ): readonly AccessQuestion[] {
    const requestTags = tagsOf(specifications);
    if (requestTags.length === 0) return [];
    const keys = { 'ec2:CreateAction': action };
    return [this.#about('CreateTags', context, { path: `${type}/*`, tagged: undefined, keys, requestTags })];
  }

  #stored<Row extends NetworkThing>(
    action: Name,
    context: RequestContext,
    {
      table,
      id,
      ...about
    }: {
      readonly table: NetworkTable<Row>;
      readonly id: string;
      readonly path: string;
      readonly keys: Readonly<Record<string, string>>;
    },
  ): AccessQuestion {
    return this.#about(action, context, { ...about, tagged: this.#networks.get(table, context, id) });
  }

  #about(
    action: Name,
    { account, region }: RequestContext,
    about: {
      readonly path: string;
      readonly tagged: Tagged | undefined;
      readonly keys: Readonly<Record<string, string>>;
      readonly requestTags?: readonly { readonly key: string; readonly value: string }[];
    },
  ): AccessQuestion {
    const { path, tagged, keys, requestTags = [] } = about;
    return {
      action: `ec2:${action}`,
      resource: formatArn('ec2', region, account, path),
      context: conditionValues({
        service: 'ec2',
        keys: { 'ec2:Region': region, ...keys },
        requestTags,
        resourceTags: () => tagged && Object.entries(tagged.tags).map(([key, value]) => ({ key, value })),
      }),
    };
  }
}

function vpcKey({ account, region }: RequestContext, vpcId: string): Readonly<Record<string, string>> {
  return { 'ec2:Vpc': formatArn('ec2', region, account, `vpc/${vpcId}`) };
}

function tagsOf(specifications: Specifications): readonly { readonly key: string; readonly value: string }[] {
  return (specifications ?? []).flatMap(({ Tags = [] }) =>
    Tags.map(({ Key = '', Value = '' }) => ({ key: Key, value: Value })),
  );
}
