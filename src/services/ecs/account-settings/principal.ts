import { parseArn } from '../../../kernel/index.ts';
import { invalidParameter } from '../errors.ts';
import type { Scope } from '../records/scope.ts';

/**
 * The ARN of a root, user or role of the account. Whether a user or role exists is for the identity service to know.
 * @throws InvalidParameterException for anything else
 */
export function checkedPrincipal(scope: Scope, principalArn: string): string {
  const arn = parseArn(principalArn);
  const known =
    arn !== undefined &&
    ((arn.service === 'iam' && /^(?:root$|user\/.|role\/.)/.test(arn.resource)) ||
      (arn.service === 'sts' && /^(?:assumed-role|federated-user)\/./.test(arn.resource)));
  if (!known || arn.account !== scope.account) throw invalidParameter(`Invalid principal ARN: ${principalArn}`);
  return principalArn;
}
