import type { Group, InstanceProfile, Policy, PolicyVersion, Role, User } from '../../protocol/generated/iam.ts';
import type { Database } from '../../store/index.ts';
import { arnOf, found, groupKind, instanceProfileKind, policyKind, presentRows, roleKind, userKind } from './core.ts';
import { managedPolicies, type ManagedPolicy } from './managed/managed-policies.ts';
import {
  groups,
  roles,
  useOf,
  users,
  type GroupRecord,
  type InstanceProfileRecord,
  type RoleRecord,
  type UserRecord,
} from './records/entities.ts';
import type { PolicyRecord, PolicyVersionRecord } from './records/policy.ts';
import { shownTags } from './tags.ts';
import { trustDocument } from './trust.ts';

/** Documents go out URL-encoded, as RFC 3986 has it. */
export function encodedDocument(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function boundaryOf(boundary: string | undefined): Pick<User, 'PermissionsBoundary'> {
  if (boundary === undefined) return {};
  return {
    PermissionsBoundary: { PermissionsBoundaryType: 'PermissionsBoundaryPolicy', PermissionsBoundaryArn: boundary },
  };
}

/** Lists show no tags. */
export function shownUser(row: UserRecord, { tags = true } = {}): User {
  return {
    Path: row.path,
    UserName: row.name,
    UserId: row.id,
    Arn: arnOf(userKind, row),
    CreateDate: row.createdAtMs,
    ...(tags ? boundaryOf(row.boundary) : {}),
    ...(tags && row.tags.length > 0 ? { Tags: shownTags(row.tags) } : {}),
  };
}

export function shownGroup(row: GroupRecord): Group {
  return {
    Path: row.path,
    GroupName: row.name,
    GroupId: row.id,
    Arn: arnOf(groupKind, row),
    CreateDate: row.createdAtMs,
  };
}

export function shownRole(db: Database, row: RoleRecord, { tags = true } = {}): Role {
  return {
    Path: row.path,
    RoleName: row.name,
    RoleId: row.id,
    Arn: arnOf(roleKind, row),
    CreateDate: row.createdAtMs,
    AssumeRolePolicyDocument: encodedDocument(trustDocument(presentRows(db), row)),
    ...(row.description === undefined ? {} : { Description: row.description }),
    MaxSessionDuration: row.maxSessionSeconds,
    ...(tags ? boundaryOf(row.boundary) : {}),
    ...(tags && row.tags.length > 0 ? { Tags: shownTags(row.tags) } : {}),
  };
}

export function shownInstanceProfile(db: Database, row: InstanceProfileRecord): InstanceProfile {
  return {
    Path: row.path,
    InstanceProfileName: row.name,
    InstanceProfileId: row.id,
    Arn: arnOf(instanceProfileKind, row),
    CreateDate: row.createdAtMs,
    Roles: row.roles.flatMap((name) => {
      const role = found(presentRows(db), roleKind, row.account, name);
      return role === undefined ? [] : [shownRole(db, role, { tags: false })];
    }),
    ...(row.tags.length === 0 ? {} : { Tags: shownTags(row.tags) }),
  };
}

/** How many users, groups and roles of an account a policy hangs on, and how many it bounds. */
export function policyUses(db: Database, account: string, arn: string): { attached: number; bounds: number } {
  const use = useOf(account, arn);
  return {
    attached:
      db.table(users).count('policy', use) +
      db.table(groups).count('policy', use) +
      db.table(roles).count('policy', use),
    bounds: db.table(users).count('boundary', use) + db.table(roles).count('boundary', use),
  };
}

export function shownPolicy(db: Database, row: PolicyRecord, { details = true } = {}): Policy {
  const arn = arnOf(policyKind, row);
  const uses = policyUses(db, row.account, arn);
  return {
    PolicyName: row.name,
    PolicyId: row.id,
    Arn: arn,
    Path: row.path,
    DefaultVersionId: row.defaultVersion,
    AttachmentCount: uses.attached,
    PermissionsBoundaryUsageCount: uses.bounds,
    IsAttachable: true,
    ...(details && row.description !== undefined ? { Description: row.description } : {}),
    CreateDate: row.createdAtMs,
    UpdateDate: row.updatedAtMs,
    ...(details && row.tags.length > 0 ? { Tags: shownTags(row.tags) } : {}),
  };
}

export function shownManagedPolicy(db: Database, policy: ManagedPolicy, account: string): Policy {
  const uses = policyUses(db, account, policy.arn);
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.version,
    AttachmentCount: uses.attached,
    PermissionsBoundaryUsageCount: uses.bounds,
    IsAttachable: true,
    CreateDate: policy.editedAtMs,
    UpdateDate: policy.editedAtMs,
  };
}

export function shownVersion(
  { id, document, createdAtMs }: PolicyVersionRecord,
  { defaultVersion, withDocument = true }: { readonly defaultVersion: string; readonly withDocument?: boolean },
): PolicyVersion {
  return {
    ...(withDocument ? { Document: encodedDocument(document) } : {}),
    VersionId: id,
    IsDefaultVersion: id === defaultVersion,
    CreateDate: createdAtMs,
  };
}

/** The versions of any managed policy, the newest first. */
export function versionsOf(policy: PolicyRecord | ManagedPolicy): {
  readonly versions: readonly PolicyVersionRecord[];
  readonly defaultVersion: string;
} {
  if ('versions' in policy) return { versions: policy.versions.toReversed(), defaultVersion: policy.defaultVersion };
  const { version, document, editedAtMs } = policy;
  return { versions: [{ id: version, document, createdAtMs: editedAtMs }], defaultVersion: version };
}

/** The name of a managed policy from its ARN. */
export function attachedPolicy(arn: string): { readonly PolicyName: string; readonly PolicyArn: string } {
  return { PolicyName: managedPolicies.get(arn)?.name ?? arn.slice(arn.lastIndexOf('/') + 1), PolicyArn: arn };
}
