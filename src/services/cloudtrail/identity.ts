import { parseArn } from '../../kernel/index.ts';
import type { Caller } from '../../protocol/api/index.ts';

export interface UserIdentity {
  readonly type: 'Root' | 'IAMUser' | 'AssumedRole' | 'FederatedUser' | 'Unknown';
  /** Of the root: its account. Absent where only the ARN is known. */
  readonly principalId?: string;
  readonly arn: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly userName?: string;
  readonly sessionContext?: {
    readonly sessionIssuer: {
      readonly type: 'Role';
      readonly principalId?: string;
      readonly arn: string;
      readonly accountId: string;
      readonly userName: string;
    };
  };
}

/**
 * Who called: by the principal where it is known, else as far as the ARN tells.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
export function userIdentity({ arn, account, accessKeyId, principal }: Caller): UserIdentity {
  const base = { arn, accountId: account, accessKeyId };
  switch (principal?.type) {
    case undefined:
      return fromArn(base);
    case 'user':
      return { type: 'IAMUser', principalId: principal.id, ...base, userName: principal.name };
    case 'role-session': {
      const { roleArn, roleId, sessionName } = principal;
      const sessionIssuer = issuer(account, roleArn, roleId);
      return {
        type: 'AssumedRole',
        principalId: `${roleId}:${sessionName}`,
        ...base,
        sessionContext: { sessionIssuer },
      };
    }
    case 'federated-user':
      return { type: 'FederatedUser', principalId: `${account}:${principal.name}`, ...base };
  }
}

function fromArn(base: Pick<UserIdentity, 'arn' | 'accountId' | 'accessKeyId'>): UserIdentity {
  const resource = parseArn(base.arn)?.resource ?? '';
  if (resource === 'root') return { type: 'Root', principalId: base.accountId, ...base };
  const [kind = '', ...rest] = resource.split('/');
  const roleArn = `arn:aws:iam::${base.accountId}:role/${rest[0] ?? ''}`;
  switch (kind) {
    case 'user':
      return { type: 'IAMUser', ...base, userName: rest.at(-1) ?? '' };
    case 'assumed-role':
      return { type: 'AssumedRole', ...base, sessionContext: { sessionIssuer: issuer(base.accountId, roleArn) } };
    case 'federated-user':
      return { type: 'FederatedUser', ...base };
    default:
      return { type: 'Unknown', ...base };
  }
}

function issuer(accountId: string, arn: string, principalId?: string) {
  const id = principalId === undefined ? {} : { principalId };
  return { type: 'Role' as const, ...id, arn, accountId, userName: arn.slice(arn.lastIndexOf('/') + 1) };
}

/** What LookupEvents finds an event by: the user, the root, or the session's name. */
export function userName(
  identity: Pick<UserIdentity, 'type' | 'arn'> & { readonly userName?: string },
): string | undefined {
  if (identity.userName !== undefined) return identity.userName;
  return identity.type === 'Root' ? 'root' : identity.arn.split('/').at(-1);
}
