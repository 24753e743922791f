import { parseArn } from '../../kernel/index.ts';
import type { Caller } from '../../protocol/api/index.ts';

export interface UserIdentity {
  readonly type: 'Root' | 'IAMUser' | 'AssumedRole' | 'FederatedUser' | 'Unknown';
  /** Of the root: its account. Others have ids that the ARN does not tell: absent. */
  readonly principalId?: string;
  readonly arn: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly userName?: string;
  readonly sessionContext?: {
    readonly sessionIssuer: {
      readonly type: 'Role';
      readonly arn: string;
      readonly accountId: string;
      readonly userName: string;
    };
  };
}

/**
 * Who called, as far as the ARN tells.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
export function userIdentity({ arn, account, accessKeyId }: Caller): UserIdentity {
  const base = { arn, accountId: account, accessKeyId };
  const resource = parseArn(arn)?.resource ?? '';
  if (resource === 'root') return { type: 'Root', principalId: account, ...base };
  const [kind = '', ...rest] = resource.split('/');
  const name = rest.at(-1) ?? '';
  switch (kind) {
    case 'user':
      return { type: 'IAMUser', ...base, userName: name };
    case 'assumed-role':
      return { type: 'AssumedRole', ...base, sessionContext: { sessionIssuer: issuer(account, rest[0] ?? '') } };
    case 'federated-user':
      return { type: 'FederatedUser', ...base };
    default:
      return { type: 'Unknown', ...base };
  }
}

function issuer(account: string, role: string) {
  return { type: 'Role' as const, arn: `arn:aws:iam::${account}:role/${role}`, accountId: account, userName: role };
}

/** What LookupEvents finds an event by: the user, the root, or the session's name. */
export function userName(
  identity: Pick<UserIdentity, 'type' | 'arn'> & { readonly userName?: string },
): string | undefined {
  if (identity.userName !== undefined) return identity.userName;
  return identity.type === 'Root' ? 'root' : identity.arn.split('/').at(-1);
}
