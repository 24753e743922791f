import { ApiError, describeViolations } from '../../protocol/api/index.ts';
import type { Violation } from '../../protocol/api/index.ts';

export function validationException(message: string): ApiError {
  return new ApiError('ValidationException', message);
}

export function resourceNotFound(arn: string, account: string): ApiError {
  return new ApiError('ResourceNotFoundException', `Could not find certificate ${arn} in account ${account}.`);
}

export function invalidArn(arn: string): ApiError {
  return new ApiError(
    'InvalidArnException',
    `The Amazon Resource Name (ARN) ${arn} is not a certificate's of this Region`,
  );
}

/** What AWS's ACM has and Longshore does not have yet; `what` begins with a capital and has no full stop. */
export function notImplemented(what: string): ApiError {
  return validationException(`${what} is not implemented by Longshore`);
}

export function invalidInput(violations: readonly Violation[]): ApiError {
  return validationException(describeViolations(violations));
}
