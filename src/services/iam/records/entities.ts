import type { TableSpec } from '../../../store/index.ts';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface InlinePolicy {
  readonly name: string;
  /** As given. */
  readonly document: string;
}

/** What everything with a name in an account has. */
export interface Entity {
  /** Twelve digits. */
  readonly account: string;
  /** As given; names that differ in case alone are the same. */
  readonly name: string;
  /** `/`, or `/a/b/`. */
  readonly path: string;
  /** Unique id, such as `AIDA…`. */
  readonly id: string;
  readonly createdAtMs: number;
  readonly tags: readonly Tag[];
  /** How often something began to refer to it: beginning writes this record, so that it cannot happen at the same time as deleting it. */
  readonly uses: number;
}

/** Something that policies hang on. */
export interface Holder extends Entity {
  readonly inline: readonly InlinePolicy[];
  /** ARNs of managed policies. */
  readonly attached: readonly string[];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_User.html */
export interface UserRecord extends Holder {
  /** ARN of a managed policy. */
  readonly boundary?: string;
  /** Names of groups. */
  readonly groups: readonly string[];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_Group.html */
export type GroupRecord = Holder;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html */
export interface RoleRecord extends Holder {
  readonly boundary?: string;
  /** The trust policy, as given. */
  readonly trust: string;
  /** Unique ids of the users and roles that the trust policy names, by ARN, as they were when it was given. */
  readonly trusted: Readonly<Record<string, string>>;
  readonly description?: string;
  readonly maxSessionSeconds: number;
  /** Of a service-linked role: the service, such as `ecs.amazonaws.com`. */
  readonly linkedTo?: string;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_InstanceProfile.html */
export interface InstanceProfileRecord extends Entity {
  /** Names of roles: one at most. */
  readonly roles: readonly string[];
}

export function entityKey(prefix: string, account: string, name: string): string {
  return `${prefix}${account}/${name.toLowerCase()}`;
}

/** How policies are looked up by what they hang on: an AWS managed policy hangs on things of many accounts. */
export function useOf(account: string, policyArn: string): string {
  return `${account} ${policyArn}`;
}

const usesOf = ({ account, attached }: Holder): string[] => attached.map((arn) => useOf(account, arn));
const boundaryOf = ({ account, boundary }: { account: string; boundary?: string }): string | undefined =>
  boundary === undefined ? undefined : useOf(account, boundary);

export const users: TableSpec<UserRecord, 'account' | 'policy' | 'boundary' | 'group'> = {
  prefix: '/iam/user/',
  indexes: {
    account: ({ account }) => account,
    policy: usesOf,
    boundary: boundaryOf,
    group: ({ account, groups: names }) => names.map((name) => entityKey('', account, name)),
  },
};

export const groups: TableSpec<GroupRecord, 'account' | 'policy'> = {
  prefix: '/iam/group/',
  indexes: { account: ({ account }) => account, policy: usesOf },
};

export const roles: TableSpec<RoleRecord, 'account' | 'policy' | 'boundary'> = {
  prefix: '/iam/role/',
  indexes: { account: ({ account }) => account, policy: usesOf, boundary: boundaryOf },
};

export const instanceProfiles: TableSpec<InstanceProfileRecord, 'account' | 'role'> = {
  prefix: '/iam/instance-profile/',
  indexes: {
    account: ({ account }) => account,
    role: ({ account, roles: names }) => names.map((name) => entityKey('', account, name)),
  },
};
