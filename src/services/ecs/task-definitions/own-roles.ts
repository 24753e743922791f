import { ApiError } from '../../../protocol/api/index.ts';

/**
 * Nobody hands a service a role of another account, not even the root of one's own, whom no policy is asked about.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
 * @throws AccessDeniedException in the sentence that AWS's services share
 */
export function checkOwnRoles(account: string, roles: readonly (string | undefined)[]): void {
  for (const role of roles) {
    const owner = /^arn:aws[a-z-]*:iam::(\d{12}):role\//.exec(role ?? '')?.[1];
    if (owner !== undefined && owner !== account)
      throw new ApiError('AccessDeniedException', 'Cross-account pass role is not allowed.', { status: 403 });
  }
}
