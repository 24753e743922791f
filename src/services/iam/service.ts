import { implement, type Handlers, type ServiceDefinition } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/iam.ts';
import { createAccessKey, deleteAccessKey, listAccessKeys, updateAccessKey } from './actions/access-keys.ts';
import { getAccountAuthorizationDetails, getAccountSummary, listAccountAliases } from './actions/account.ts';
import { getContextKeysForCustomPolicy, getContextKeysForPrincipalPolicy } from './actions/context-keys.ts';
import * as groupActions from './actions/groups.ts';
import { attachedPolicies, inlinePolicies, type HolderWords } from './actions/holder-policies.ts';
import * as profileActions from './actions/instance-profiles.ts';
import { listEntitiesForPolicy, listPolicies } from './actions/list-policies.ts';
import * as policyActions from './actions/policies.ts';
import * as roleActions from './actions/roles.ts';
import {
  createServiceLinkedRole,
  deleteServiceLinkedRole,
  getServiceLinkedRoleDeletionStatus,
} from './actions/service-linked-roles.ts';
import { simulateCustomPolicy, simulatePrincipalPolicy } from './actions/simulate.ts';
import { boundaries } from './actions/boundaries.ts';
import { tagging } from './actions/tagging.ts';
import * as userActions from './actions/users.ts';
import { iamAuthorization } from './authorization.ts';
import { groupKind, instanceProfileKind, policyKind, roleKind, userKind, type IamDeps } from './core.ts';
import { invalidMembers } from './errors.ts';
import { iamLimits } from './limits.ts';
import { accessKeys } from './records/access-key.ts';
import { accounts, roleDeletions } from './records/account.ts';
import {
  groups,
  instanceProfiles,
  roles,
  users,
  type GroupRecord,
  type RoleRecord,
  type UserRecord,
} from './records/entities.ts';
import { policies } from './records/policy.ts';

/** The tables the database must hold for this service. */
export const iamTables = [
  users,
  groups,
  roles,
  instanceProfiles,
  policies,
  accessKeys,
  accounts,
  roleDeletions,
] as const;

interface NamedUser {
  readonly UserName: string;
}
interface NamedGroup {
  readonly GroupName: string;
}
interface NamedRole {
  readonly RoleName: string;
}

/** AWS Identity and Access Management: users, groups, roles and their policies. */
export function iamService(deps: IamDeps): ServiceDefinition {
  return implement<Operations>({
    name: 'iam',
    invalid: invalidMembers,
    limits: iamLimits,
    authorization: iamAuthorization(deps.db),
    handlers: {
      ...userHandlers(deps),
      ...groupHandlers(deps),
      ...roleHandlers(deps),
      ...profileHandlers(deps),
      ...policyHandlers(deps),
      GetAccountAuthorizationDetails: getAccountAuthorizationDetails(deps),
      GetAccountSummary: getAccountSummary(deps),
      GetContextKeysForCustomPolicy: getContextKeysForCustomPolicy(),
      GetContextKeysForPrincipalPolicy: getContextKeysForPrincipalPolicy(deps),
      ListAccountAliases: listAccountAliases(),
      SimulateCustomPolicy: simulateCustomPolicy(deps),
      SimulatePrincipalPolicy: simulatePrincipalPolicy(deps),
    },
  });
}

function userHandlers(deps: IamDeps): Handlers<Operations> {
  const words: HolderWords<UserRecord, NamedUser> = {
    kind: userKind,
    word: 'user',
    quota: 'PoliciesPerUser',
    nameIn: ({ UserName }) => UserName,
    named: (UserName) => ({ UserName }),
  };
  const policies = { ...inlinePolicies(deps, words), ...attachedPolicies(deps, words) };
  const bounds = boundaries(deps, words);
  const tags = tagging(deps, { kind: userKind, nameIn: ({ UserName }: NamedUser) => UserName });
  return {
    AttachUserPolicy: policies.attach,
    CreateAccessKey: createAccessKey(deps),
    CreateUser: userActions.createUser(deps),
    DeleteAccessKey: deleteAccessKey(deps),
    DeleteUser: userActions.deleteUser(deps),
    DeleteUserPermissionsBoundary: bounds.remove,
    DeleteUserPolicy: policies.remove,
    DetachUserPolicy: policies.detach,
    GetUser: userActions.getUser(deps),
    GetUserPolicy: policies.get,
    ListAccessKeys: listAccessKeys(deps),
    ListAttachedUserPolicies: policies.listAttached,
    ListUserPolicies: policies.list,
    ListUserTags: tags.list,
    ListUsers: userActions.listUsers(deps),
    PutUserPermissionsBoundary: bounds.put,
    PutUserPolicy: policies.put,
    TagUser: tags.add,
    UntagUser: tags.remove,
    UpdateAccessKey: updateAccessKey(deps),
    UpdateUser: userActions.updateUser(deps),
  };
}

function groupHandlers(deps: IamDeps): Handlers<Operations> {
  const words: HolderWords<GroupRecord, NamedGroup> = {
    kind: groupKind,
    word: 'group',
    quota: 'PoliciesPerGroup',
    nameIn: ({ GroupName }) => GroupName,
    named: (GroupName) => ({ GroupName }),
  };
  const policies = { ...inlinePolicies(deps, words), ...attachedPolicies(deps, words) };
  return {
    AddUserToGroup: groupActions.addUserToGroup(deps),
    AttachGroupPolicy: policies.attach,
    CreateGroup: groupActions.createGroup(deps),
    DeleteGroup: groupActions.deleteGroup(deps),
    DeleteGroupPolicy: policies.remove,
    DetachGroupPolicy: policies.detach,
    GetGroup: groupActions.getGroup(deps),
    GetGroupPolicy: policies.get,
    ListAttachedGroupPolicies: policies.listAttached,
    ListGroupPolicies: policies.list,
    ListGroups: groupActions.listGroups(deps),
    ListGroupsForUser: groupActions.listGroupsForUser(deps),
    PutGroupPolicy: policies.put,
    RemoveUserFromGroup: groupActions.removeUserFromGroup(deps),
    UpdateGroup: groupActions.updateGroup(deps),
  };
}

function roleHandlers(deps: IamDeps): Handlers<Operations> {
  const words: HolderWords<RoleRecord, NamedRole> = {
    kind: roleKind,
    word: 'role',
    quota: 'PoliciesPerRole',
    nameIn: ({ RoleName }) => RoleName,
    named: (RoleName) => ({ RoleName }),
  };
  const policies = { ...inlinePolicies(deps, words), ...attachedPolicies(deps, words) };
  const bounds = boundaries(deps, words);
  const tags = tagging(deps, { kind: roleKind, nameIn: ({ RoleName }: NamedRole) => RoleName });
  return {
    AttachRolePolicy: policies.attach,
    CreateRole: roleActions.createRole(deps),
    CreateServiceLinkedRole: createServiceLinkedRole(deps),
    DeleteRole: roleActions.deleteRole(deps),
    DeleteRolePermissionsBoundary: bounds.remove,
    DeleteRolePolicy: policies.remove,
    DeleteServiceLinkedRole: deleteServiceLinkedRole(deps),
    DetachRolePolicy: policies.detach,
    GetRole: roleActions.getRole(deps),
    GetRolePolicy: policies.get,
    GetServiceLinkedRoleDeletionStatus: getServiceLinkedRoleDeletionStatus(deps),
    ListAttachedRolePolicies: policies.listAttached,
    ListRolePolicies: policies.list,
    ListRoleTags: tags.list,
    ListRoles: roleActions.listRoles(deps),
    PutRolePermissionsBoundary: bounds.put,
    PutRolePolicy: policies.put,
    TagRole: tags.add,
    UntagRole: tags.remove,
    UpdateAssumeRolePolicy: roleActions.updateAssumeRolePolicy(deps),
    UpdateRole: roleActions.updateRole(deps),
    UpdateRoleDescription: roleActions.updateRoleDescription(deps),
  };
}

function profileHandlers(deps: IamDeps): Handlers<Operations> {
  const tags = tagging(deps, {
    kind: instanceProfileKind,
    nameIn: ({ InstanceProfileName }: { readonly InstanceProfileName: string }) => InstanceProfileName,
  });
  return {
    AddRoleToInstanceProfile: profileActions.addRoleToInstanceProfile(deps),
    CreateInstanceProfile: profileActions.createInstanceProfile(deps),
    DeleteInstanceProfile: profileActions.deleteInstanceProfile(deps),
    GetInstanceProfile: profileActions.getInstanceProfile(deps),
    ListInstanceProfileTags: tags.list,
    ListInstanceProfiles: profileActions.listInstanceProfiles(deps),
    ListInstanceProfilesForRole: profileActions.listInstanceProfilesForRole(deps),
    RemoveRoleFromInstanceProfile: profileActions.removeRoleFromInstanceProfile(deps),
    TagInstanceProfile: tags.add,
    UntagInstanceProfile: tags.remove,
  };
}

function policyHandlers(deps: IamDeps): Handlers<Operations> {
  const tags = tagging(deps, {
    kind: policyKind,
    nameIn: ({ PolicyArn }: { readonly PolicyArn: string }) => PolicyArn,
    find: (rows, account, { PolicyArn }) => policyActions.ownPolicy(rows, account, PolicyArn),
  });
  return {
    CreatePolicy: policyActions.createPolicy(deps),
    CreatePolicyVersion: policyActions.createPolicyVersion(deps),
    DeletePolicy: policyActions.deletePolicy(deps),
    DeletePolicyVersion: policyActions.deletePolicyVersion(deps),
    GetPolicy: policyActions.getPolicy(deps),
    GetPolicyVersion: policyActions.getPolicyVersion(deps),
    ListEntitiesForPolicy: listEntitiesForPolicy(deps),
    ListPolicies: listPolicies(deps),
    ListPolicyTags: tags.list,
    ListPolicyVersions: policyActions.listPolicyVersions(deps),
    SetDefaultPolicyVersion: policyActions.setDefaultPolicyVersion(deps),
    TagPolicy: tags.add,
    UntagPolicy: tags.remove,
  };
}
