import { MalformedPolicy, parsePolicy, sizeFault, type PolicyDocument, type PolicyKind } from '../../policy/index.ts';
import type { SizedPolicy } from '../../policy/index.ts';
import type { Clock, Ids } from '../../kernel/index.ts';
import type { Handler } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/iam.ts';
import type { Database, TableSpec, Transaction, Rows } from '../../store/index.ts';
import { alreadyExists, limitExceeded, malformedPolicy, noSuchEntity, quotaExceeded, unmodifiable } from './errors.ts';
import { quotas } from './limits.ts';
import {
  entityKey,
  groups,
  instanceProfiles,
  roles,
  users,
  type Entity,
  type GroupRecord,
  type InstanceProfileRecord,
  type RoleRecord,
  type UserRecord,
} from './records/entities.ts';
import { policies, type PolicyRecord } from './records/policy.ts';

export { presentRows, type Rows } from '../../store/index.ts';

/** What the actions stand on. */
export interface IamDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  /** The secret of an access key of a user. */
  readonly secretOf: (accessKeyId: string) => string;
}

export type Input<Name extends keyof Operations> = Operations[Name]['input'];
export type IamHandler<Name extends keyof Operations> = Handler<Input<Name>, Operations[Name]['output']>;

/** A kind of entity, and how IAM words what goes wrong with one. */
export interface Kind<Row extends Entity> {
  readonly spec: TableSpec<Row, 'account'>;
  /** What its ARN has after the account. */
  readonly resource: string;
  readonly idPrefix: string;
  readonly quota: readonly [name: string, most: number];
  missing(name: string): string;
  exists(name: string): string;
  /** @throws ApiError when this one is not the account's to change */
  guard?(row: Row): void;
}

export const userKind: Kind<UserRecord> = {
  spec: users,
  resource: 'user',
  idPrefix: 'AIDA',
  quota: ['UsersPerAccount', quotas.usersPerAccount],
  missing: (name) => `The user with name ${name} cannot be found.`,
  exists: (name) => `User with name ${name} already exists.`,
};
export const groupKind: Kind<GroupRecord> = {
  spec: groups,
  resource: 'group',
  idPrefix: 'AGPA',
  quota: ['GroupsPerAccount', quotas.groupsPerAccount],
  missing: (name) => `The group with name ${name} cannot be found.`,
  exists: (name) => `Group with name ${name} already exists.`,
};
export const roleKind: Kind<RoleRecord> = {
  spec: roles,
  resource: 'role',
  idPrefix: 'AROA',
  quota: ['RolesPerAccount', quotas.rolesPerAccount],
  missing: (name) => `The role with name ${name} cannot be found.`,
  exists: (name) => `Role with name ${name} already exists.`,
  guard({ linkedTo, name }) {
    if (linkedTo !== undefined) throw unmodifiable(name);
  },
};
export const instanceProfileKind: Kind<InstanceProfileRecord> = {
  spec: instanceProfiles,
  resource: 'instance-profile',
  idPrefix: 'AIPA',
  quota: ['InstanceProfilesPerAccount', quotas.instanceProfilesPerAccount],
  missing: (name) => `Instance Profile ${name} cannot be found.`,
  exists: (name) => `Instance Profile ${name} already exists.`,
};
export const policyKind: Kind<PolicyRecord> = {
  spec: policies,
  resource: 'policy',
  idPrefix: 'ANPA',
  quota: ['PoliciesPerAccount', quotas.policiesPerAccount],
  missing: (name) => `Policy ${name} was not found.`,
  exists: (name) => `A policy called ${name} already exists. Duplicate names are not allowed.`,
};

export function keyOf<Row extends Entity>(kind: Kind<Row>, account: string, name: string): string {
  return entityKey(kind.spec.prefix, account, name);
}

export function arnOf(kind: { readonly resource: string }, { account, path, name }: Entity): string {
  return `arn:aws:iam::${account}:${kind.resource}${path}${name}`;
}

export function found<Row extends Entity>(rows: Rows, kind: Kind<Row>, account: string, name: string): Row | undefined {
  return rows.get(kind.spec, keyOf(kind, account, name));
}

/** @throws NoSuchEntity */
export function needed<Row extends Entity>(rows: Rows, kind: Kind<Row>, account: string, name: string): Row {
  const row = found(rows, kind, account, name);
  if (row === undefined) throw noSuchEntity(kind.missing(name));
  return row;
}

/** Writes an entity anew. @throws NoSuchEntity, UnmodifiableEntity */
export function changed<Row extends Entity>(
  tx: Transaction,
  kind: Kind<Row>,
  [account, name]: readonly [account: string, name: string],
  change: (row: Row) => Row,
): Row {
  const row = needed(tx, kind, account, name);
  kind.guard?.(row);
  const after = change(row);
  tx.put(kind.spec, keyOf(kind, account, name), after);
  return after;
}

/** Marks that something begins to refer to an entity, so that it cannot be deleted at the same time. */
export function touched<Row extends Entity>(row: Row): Row {
  return { ...row, uses: row.uses + 1 };
}

/** Makes an entity. @throws EntityAlreadyExists, LimitExceeded */
export function create<Row extends Entity>(tx: Transaction, db: Database, kind: Kind<Row>, row: Row): void {
  const { account, name } = row;
  if (found(tx, kind, account, name) !== undefined) throw alreadyExists(kind.exists(name));
  const [quota, most] = kind.quota;
  if (db.table(kind.spec).count('account', account) >= most) throw quotaExceeded(quota, most);
  tx.create(kind.spec, keyOf(kind, account, name), row);
}

/** A new entity's common fields. */
export function newEntity(
  { clock, ids }: Pick<IamDeps, 'clock' | 'ids'>,
  kind: { readonly idPrefix: string },
  given: { readonly account: string; readonly name: string; readonly path: string | undefined },
): Omit<Entity, 'tags'> {
  return {
    account: given.account,
    name: given.name,
    path: given.path ?? '/',
    id: uniqueId(ids, kind.idPrefix),
    createdAtMs: clock.nowMs(),
    uses: 0,
  };
}

/** An id of 21 characters: a prefix and seventeen letters and digits. */
export function uniqueId(ids: Ids, prefix: string, length = 17): string {
  return `${prefix}${ids.hex(length).toUpperCase()}`;
}

/** A document that was read, checked and measured. @throws MalformedPolicyDocument, LimitExceeded */
export function readDocument(text: string, kind: PolicyKind, sized?: SizedPolicy, together = [text]): PolicyDocument {
  let document: PolicyDocument;
  try {
    document = parsePolicy(text, { kind });
  } catch (error) {
    if (error instanceof MalformedPolicy) throw malformedPolicy(error.message);
    throw error;
  }
  const fault = sized && sizeFault(sized, together);
  if (fault !== undefined) throw limitExceeded(fault);
  return document;
}
