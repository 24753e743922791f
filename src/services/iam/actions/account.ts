import type { PolicyDetail } from '../../../protocol/generated/iam.ts';
import type { Database } from '../../../store/index.ts';
import { type IamDeps, type IamHandler } from '../core.ts';
import { quotas } from '../limits.ts';
import { managedPolicies } from '../managed/managed-policies.ts';
import { pageOfList, rowsWith } from '../pages.ts';
import { entityKey, groups, instanceProfiles, roles, users, type Holder } from '../records/entities.ts';
import { policies } from '../records/policy.ts';
import {
  attachedPolicy,
  encodedDocument,
  policyUses,
  shownGroup,
  shownInstanceProfile,
  shownManagedPolicy,
  shownPolicy,
  shownRole,
  shownUser,
  shownVersion,
  versionsOf,
} from '../shown.ts';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html */
export function getAccountSummary({ db }: IamDeps): IamHandler<'GetAccountSummary'> {
  return (_input, { account }) => ({
    SummaryMap: {
      Users: db.table(users).count('account', account),
      UsersQuota: quotas.usersPerAccount,
      Groups: db.table(groups).count('account', account),
      GroupsQuota: quotas.groupsPerAccount,
      Roles: db.table(roles).count('account', account),
      RolesQuota: quotas.rolesPerAccount,
      InstanceProfiles: db.table(instanceProfiles).count('account', account),
      InstanceProfilesQuota: quotas.instanceProfilesPerAccount,
      Policies: db.table(policies).count('account', account),
      PoliciesQuota: quotas.policiesPerAccount,
      PolicySizeQuota: 6_144,
      UserPolicySizeQuota: 2_048,
      GroupPolicySizeQuota: 5_120,
      RolePolicySizeQuota: 10_240,
      AssumeRolePolicySizeQuota: 2_048,
      VersionsPerPolicyQuota: quotas.versionsPerPolicy,
      GroupsPerUserQuota: quotas.groupsPerUser,
      AccessKeysPerUserQuota: quotas.accessKeysPerUser,
      AttachedPoliciesPerUserQuota: quotas.attachedPolicies,
      AttachedPoliciesPerGroupQuota: quotas.attachedPolicies,
      AttachedPoliciesPerRoleQuota: quotas.attachedPolicies,
      AccountAccessKeysPresent: 0,
      AccountMFAEnabled: 0,
      MFADevices: 0,
      MFADevicesInUse: 0,
    },
  });
}

/** None: there is no action that makes one. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html */
export function listAccountAliases(): IamHandler<'ListAccountAliases'> {
  return () => ({ AccountAliases: [], IsTruncated: false });
}

function inlineOf({ inline }: Holder): PolicyDetail[] {
  return inline.map(({ name, document }) => ({ PolicyName: name, PolicyDocument: encodedDocument(document) }));
}

function managedOf({ attached }: Holder): ReturnType<typeof attachedPolicy>[] {
  return attached.map(attachedPolicy);
}

/** Users, groups, roles, then policies. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html */
export function getAccountAuthorizationDetails({ db }: IamDeps): IamHandler<'GetAccountAuthorizationDetails'> {
  return ({ Filter: filter, ...page }, { account }) => {
    const wanted = (kind: NonNullable<typeof filter>[number]): boolean => filter === undefined || filter.includes(kind);
    const all = [
      ...(wanted('User') ? rowsWith(db, users, 'account', account) : []).map((row) => ({ key: row.id, user: row })),
      ...(wanted('Group') ? rowsWith(db, groups, 'account', account) : []).map((row) => ({ key: row.id, group: row })),
      ...(wanted('Role') ? rowsWith(db, roles, 'account', account) : []).map((row) => ({ key: row.id, role: row })),
      ...policiesOf(db, account, { own: wanted('LocalManagedPolicy'), managed: wanted('AWSManagedPolicy') }),
    ];
    const { items, rest } = pageOfList<(typeof all)[number]>(all, ({ key }) => key, page);
    return {
      UserDetailList: items.flatMap((item) =>
        'user' in item
          ? [
              {
                ...shownUser(item.user),
                UserPolicyList: inlineOf(item.user),
                GroupList: item.user.groups,
                AttachedManagedPolicies: managedOf(item.user),
              },
            ]
          : [],
      ),
      GroupDetailList: items.flatMap((item) =>
        'group' in item
          ? [
              {
                ...shownGroup(item.group),
                GroupPolicyList: inlineOf(item.group),
                AttachedManagedPolicies: managedOf(item.group),
              },
            ]
          : [],
      ),
      RoleDetailList: items.flatMap((item) => {
        if (!('role' in item)) return [];
        const { Description: _description, MaxSessionDuration: _duration, ...shown } = shownRole(db, item.role);
        const profiles = rowsWith(db, instanceProfiles, 'role', entityKey('', account, item.role.name));
        return [
          {
            ...shown,
            InstanceProfileList: profiles.map((row) => shownInstanceProfile(db, row)),
            RolePolicyList: inlineOf(item.role),
            AttachedManagedPolicies: managedOf(item.role),
          },
        ];
      }),
      Policies: items.flatMap((item) => ('show' in item ? [item.show()] : [])),
      ...rest,
    };
  };
}

/** With their versions; of AWS's policies those that are in use. */
function policiesOf(db: Database, account: string, wanted: { readonly own: boolean; readonly managed: boolean }) {
  const own = wanted.own ? rowsWith(db, policies, 'account', account) : [];
  const managed = wanted.managed ? [...managedPolicies.values()] : [];
  const versions = (policy: Parameters<typeof versionsOf>[0]) => {
    const { versions: list, defaultVersion } = versionsOf(policy);
    return list.map((version) => shownVersion(version, { defaultVersion }));
  };
  return [
    ...own.map((row) => ({
      key: row.id,
      show: () => ({ ...shownPolicy(db, row), PolicyVersionList: versions(row) }),
    })),
    ...managed
      .filter(({ arn }) => policyUses(db, account, arn).attached > 0)
      .map((policy) => ({
        key: policy.arn,
        show: () => ({ ...shownManagedPolicy(db, policy, account), PolicyVersionList: versions(policy) }),
      })),
  ];
}
