import type { Caller } from '../../../protocol/api/index.ts';
import type { StsHandler } from '../core.ts';

function userIdOf({ account, principal }: Caller): string {
  switch (principal?.type) {
    case undefined:
      return account;
    case 'user':
      return principal.id;
    case 'role-session':
      return `${principal.roleId}:${principal.sessionName}`;
    case 'federated-user':
      return `${account}:${principal.name}`;
  }
}

/** Says who signed. Everybody may ask. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
export const getCallerIdentity: StsHandler<'GetCallerIdentity'> = (_input, { caller }) => ({
  UserId: userIdOf(caller),
  Account: caller.account,
  Arn: caller.arn,
});
