import type { RequestContext } from '../../../protocol/api/index.ts';
import type { GetCallerIdentityRequest, GetCallerIdentityResponse } from '../../../protocol/generated/sts.ts';

/** Says who signed. The user id of a root user is its account. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
export function getCallerIdentity(
  _input: GetCallerIdentityRequest,
  { caller }: RequestContext,
): GetCallerIdentityResponse {
  const isRoot = caller.arn.endsWith(':root');
  return { UserId: isRoot ? caller.account : caller.accessKeyId, Account: caller.account, Arn: caller.arn };
}
