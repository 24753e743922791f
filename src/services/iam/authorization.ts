import {
  conditionValues,
  passRoleQuestion,
  type AccessQuestion,
  type Authorization,
  type ConditionValues,
  type RequestContext,
} from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/iam.ts';
import type { Database } from '../../store/index.ts';
import {
  arnOf,
  found,
  groupKind,
  instanceProfileKind,
  policyKind,
  presentRows,
  roleKind,
  userKind,
  type Kind,
} from './core.ts';
import { findPolicy } from './holders.ts';
import type { Entity, Tag } from './records/entities.ts';

/** What inputs have that a policy may ask for. */
interface AnyInput {
  readonly UserName?: string | undefined;
  readonly GroupName?: string;
  readonly RoleName?: string;
  readonly InstanceProfileName?: string;
  readonly PolicyName?: string;
  readonly PolicyArn?: string;
  readonly PolicySourceArn?: string;
  readonly Path?: string | undefined;
  readonly PermissionsBoundary?: string | undefined;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[] | undefined;
  readonly TagKeys?: readonly string[];
  readonly AWSServiceName?: string;
  readonly DeletionTaskId?: string;
}
type Ask = (action: string, input: AnyInput, context: RequestContext) => readonly AccessQuestion[];

interface Meant {
  readonly resource: string;
  readonly tags?: readonly Tag[];
  /** Of the user or role as it is. */
  readonly boundary?: string | undefined;
}

/** The condition keys are put together when a policy asks for one: most ask for none. */
function asked(action: string, input: AnyInput, meant: Meant): readonly AccessQuestion[] {
  let made: ConditionValues | undefined;
  const context: ConditionValues = { get: (key) => (made ??= valuesOf(input, meant)).get(key) };
  return [{ action: `iam:${action}`, resource: meant.resource, context }];
}

function valuesOf(input: AnyInput, { tags = [], boundary }: Meant): ConditionValues {
  return conditionValues({
    keys: {
      'iam:PermissionsBoundary': input.PermissionsBoundary ?? boundary,
      'iam:PolicyARN': input.PolicyArn,
      'iam:AWSServiceName': input.AWSServiceName,
    },
    requestTags: (input.Tags ?? []).map(({ Key: key, Value: value }) => ({ key, value })),
    ...(input.TagKeys === undefined ? {} : { tagKeys: input.TagKeys }),
    resourceTags: () => tags,
    service: 'iam',
  });
}

/** What is meant by a name: its ARN with the path it has, or would get. */
function meant<Row extends Entity>(
  db: Database,
  kind: Kind<Row>,
  { account, name, path = '/' }: { account: string; name: string; path?: string | undefined },
): Meant {
  const row: (Entity & { readonly boundary?: string }) | undefined = found(presentRows(db), kind, account, name);
  if (row === undefined) return { resource: `arn:aws:iam::${account}:${kind.resource}${path}${name}` };
  return { resource: arnOf(kind, row), tags: row.tags, boundary: row.boundary };
}

function askers(db: Database): Readonly<Record<string, Ask>> {
  const named =
    <Row extends Entity>(kind: Kind<Row>, nameIn: (input: AnyInput, context: RequestContext) => string): Ask =>
    (action, input, context) =>
      asked(
        action,
        input,
        meant(db, kind, { account: context.account, name: nameIn(input, context), path: input.Path }),
      );
  return {
    user: named(
      userKind,
      ({ UserName }, { caller }) => UserName ?? (caller.principal?.type === 'user' ? caller.principal.name : '*'),
    ),
    group: named(groupKind, ({ GroupName = '' }) => GroupName),
    role: named(roleKind, ({ RoleName = '' }) => RoleName),
    instanceProfile: named(instanceProfileKind, ({ InstanceProfileName = '' }) => InstanceProfileName),
    newPolicy: named(policyKind, ({ PolicyName = '' }) => PolicyName),
    policy(action, input, { account }) {
      const { PolicyArn: resource = '*' } = input;
      const policy = findPolicy(presentRows(db), account, resource);
      return asked(action, input, {
        resource,
        ...(policy !== undefined && 'tags' in policy ? { tags: policy.tags } : {}),
      });
    },
    source: (action, input) => asked(action, input, { resource: input.PolicySourceArn ?? '*' }),
    account: (action, input) => asked(action, input, { resource: '*' }),
    users: (action, input, { account }) => asked(action, input, { resource: `arn:aws:iam::${account}:user/` }),
    groups: (action, input, { account }) => asked(action, input, { resource: `arn:aws:iam::${account}:group/` }),
    roles: (action, input, { account }) => asked(action, input, { resource: `arn:aws:iam::${account}:role/` }),
    instanceProfiles: (action, input, { account }) =>
      asked(action, input, { resource: `arn:aws:iam::${account}:instance-profile/` }),
    linkedRole(action, input, { account }) {
      const service = input.AWSServiceName ?? input.DeletionTaskId?.split('/')[2] ?? '*';
      return asked(action, input, { resource: `arn:aws:iam::${account}:role/aws-service-role/${service}/*` });
    },
    roleIntoProfile(action, input, context) {
      const { account } = context;
      const role = meant(db, roleKind, { account, name: input.RoleName ?? '' });
      const profile = meant(db, instanceProfileKind, { account, name: input.InstanceProfileName ?? '' });
      return [...asked(action, input, profile), passRoleQuestion(role.resource, 'ec2.amazonaws.com')];
    },
  };
}

/** What each action is about: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html */
const subjects: Readonly<Record<string, string>> = {
  user: `CreateUser GetUser UpdateUser DeleteUser PutUserPolicy GetUserPolicy DeleteUserPolicy ListUserPolicies AttachUserPolicy
    DetachUserPolicy ListAttachedUserPolicies PutUserPermissionsBoundary DeleteUserPermissionsBoundary CreateAccessKey ListAccessKeys
    UpdateAccessKey DeleteAccessKey ListGroupsForUser TagUser UntagUser ListUserTags`,
  group: `CreateGroup GetGroup UpdateGroup DeleteGroup AddUserToGroup RemoveUserFromGroup PutGroupPolicy GetGroupPolicy
    DeleteGroupPolicy ListGroupPolicies AttachGroupPolicy DetachGroupPolicy ListAttachedGroupPolicies`,
  role: `CreateRole GetRole UpdateRole UpdateRoleDescription DeleteRole UpdateAssumeRolePolicy PutRolePolicy GetRolePolicy
    DeleteRolePolicy ListRolePolicies AttachRolePolicy DetachRolePolicy ListAttachedRolePolicies PutRolePermissionsBoundary
    DeleteRolePermissionsBoundary TagRole UntagRole ListRoleTags DeleteServiceLinkedRole ListInstanceProfilesForRole`,
  instanceProfile: `CreateInstanceProfile GetInstanceProfile DeleteInstanceProfile RemoveRoleFromInstanceProfile TagInstanceProfile
    UntagInstanceProfile ListInstanceProfileTags`,
  newPolicy: 'CreatePolicy',
  policy: `GetPolicy DeletePolicy CreatePolicyVersion GetPolicyVersion ListPolicyVersions DeletePolicyVersion SetDefaultPolicyVersion
    ListEntitiesForPolicy TagPolicy UntagPolicy ListPolicyTags`,
  source: 'SimulatePrincipalPolicy GetContextKeysForPrincipalPolicy',
  account: `ListPolicies SimulateCustomPolicy GetContextKeysForCustomPolicy GetAccountSummary GetAccountAuthorizationDetails
    ListAccountAliases`,
  users: 'ListUsers',
  groups: 'ListGroups',
  roles: 'ListRoles',
  instanceProfiles: 'ListInstanceProfiles',
  linkedRole: 'CreateServiceLinkedRole GetServiceLinkedRoleDeletionStatus',
  roleIntoProfile: 'AddRoleToInstanceProfile',
};

/** What each operation asks of the caller's policies. */
export function iamAuthorization(db: Database): Authorization<Operations> {
  const byName = askers(db);
  const entries = Object.entries(subjects).flatMap(([subject, actions]) =>
    actions.split(/\s+/).map((action) => {
      const ask = byName[subject] as Ask;
      return [action, (input: AnyInput, context: RequestContext) => ask(action, input, context)];
    }),
  );
  return Object.fromEntries(entries) as Authorization<Operations>;
}
